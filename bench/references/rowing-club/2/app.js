const table = document.querySelector("#events");
if (table) {
  fetch("events.csv").then(answer => answer.text()).then(text => {
    for (const line of text.trim().split("\n")) {
      const row = table.insertRow();
      for (const cell of line.split(",")) row.insertCell().textContent = cell;
    }
  });
}
const list = document.querySelector("#news");
if (list) {
  fetch("news.json").then(answer => answer.json()).then(news => {
    for (const item of news.items) list.append(Object.assign(document.createElement("li"), {textContent: item.title}));
  });
}
