
// Sorts the students; without it they stand by email.
const list = document.getElementById("students");
const bar = document.getElementById("sort");
bar.hidden = false;
bar.addEventListener("click", ({target}) => {
  const by = target.dataset.by;
  if (!by) return;
  const value = row => (by === "score" ? Number(row.dataset.score) : row.dataset[by]);
  const rows = [...list.children].sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
  list.append(...rows);
});
