// Keys: Ctrl K and / open the palette, g and a letter go to a screen, j and k walk rows, ? lists them all.
(() => {
  const palette = document.getElementById("palette");
  const keys = document.getElementById("keys");
  if (!palette?.showModal) return;
  const input = palette.querySelector("input");
  const open = () => {
    if (palette.open || document.querySelector("dialog[open]")) return;
    palette.showModal();
    input.focus();
    input.select();
  };
  const hits = () => [...palette.querySelectorAll(".palette__hit")];

  // WCAG 2.1.4: whoever speaks or types otherwise can switch off keys that are letters alone.
  const off = keys?.querySelector("[data-keys-off]");
  const isOff = () => {
    try {
      return localStorage.getItem("keys") === "off";
    } catch {
      return false;
    }
  };
  if (off) {
    off.checked = isOff();
    off.addEventListener("change", () => {
      try {
        localStorage.setItem("keys", off.checked ? "off" : "on");
      } catch {
        // Not remembered.
      }
    });
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-find-open]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  palette.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = hits();
    const at = all.indexOf(document.activeElement) + step;
    event.preventDefault();
    (at < 0 ? input : all[Math.min(at, all.length - 1)])?.focus();
  });

  const SCREENS = { h: "home", c: "campaign", l: "list", r: "records", d: "dnc", j: "job", a: "activity", p: "people", s: "settings" };
  const go = (letter) => {
    const link = letter === "n" ? document.querySelector("#bell a") : document.querySelector(`[data-nav="${SCREENS[letter]}"]`);
    link?.click();
  };
  const walk = (step) => {
    const rows = [...document.querySelectorAll("main [data-row], main .table tbody tr")];
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.hasAttribute("data-row-current"));
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    rows[at]?.removeAttribute("data-row-current");
    next.setAttribute("data-row-current", "");
    next.scrollIntoView({ block: "nearest" });
    next.querySelector("a, button")?.focus({ preventScroll: true });
  };

  let pending = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isOff() || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (Date.now() - pending < 1500) {
      pending = 0;
      go(event.key);
      return;
    }
    if (event.key === "g") pending = Date.now();
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "/" || event.key === "?") {
      event.preventDefault();
      if (event.key === "/") open();
      else keys?.showModal();
    }
  });
})();
