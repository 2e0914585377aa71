// Sets the remembered theme before the first paint; loaded in <head> without defer for that reason.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be closed to us; the system's theme applies then.
  }
})();
