// Runs before the page is painted: the theme that the reader chose, or the system's.
(() => {
  const themes = ["system", "light", "dark"];
  const read = () => { try { return localStorage.getItem("pagewright-theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("pagewright-theme", theme); } catch { /* it lasts for this page */ } };
  let chosen = themes.includes(read()) ? read() : "system";
  const show = () => {
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  };
  show();
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => { button.textContent = `Theme: ${chosen}`; };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      chosen = themes[(themes.indexOf(chosen) + 1) % themes.length];
      keep(chosen);
      show();
      label();
    });
  });
})();
