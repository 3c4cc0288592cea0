const table = document.querySelector("#events");
if (table) {
  fetch("events.csv").then(answer => answer.text()).then(text => {
    for (const line of text.trim().split("\n")) {
      const row = table.insertRow();
      for (const cell of line.split(",")) row.insertCell().textContent = cell;
    }
  });
}
