// Before anything is drawn: the theme that was chosen, and that scripts run here.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  try {
    const theme = localStorage.getItem("dawam.theme");
    if (theme) root.dataset.theme = theme;
  } catch { /* a browser that keeps nothing shows what its system says */ }
})();
