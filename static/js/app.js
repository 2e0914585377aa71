// Small comforts. Every page works without them: dialogs are links to pages that ask, menus are <details>.
(() => {
  const byId = (id) => document.getElementById(id);

  // ── Dialogs: data-dialog-open="id", data-dialog-close ──
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      const dialog = byId(opener.dataset.dialogOpen);
      if (dialog?.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) {
      const dialog = closer.closest("dialog");
      if (dialog) {
        event.preventDefault();
        dialog.close();
      }
      return;
    }
    // A click on the backdrop hits the dialog itself, outside its box.
    if (event.target instanceof HTMLDialogElement && event.target.open && event.detail > 0) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
  });

  // ── Menus close on a click elsewhere and on Escape ──
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const close = event.target.closest("[data-dismiss]");
    if (close) close.closest(close.dataset.dismiss)?.remove();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // ── Light and dark ──
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches);
  const label = () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.querySelector("[data-theme-label]").textContent = isDark() ? "Light theme" : "Dark theme";
    }
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Not remembered, still switched.
    }
    label();
  });
  systemIsDark.addEventListener("change", label);
  label();

  // ── htmx: a thin bar while something loads, a word when it could not ──
  let waiting = 0;
  const bar = byId("loading");
  const isQuiet = (event) => event.detail.elt?.closest?.("[data-quiet]");
  const show = (change) => {
    waiting = Math.max(0, waiting + change);
    bar?.classList.toggle("loading--on", waiting > 0);
  };
  document.addEventListener("htmx:beforeRequest", (event) => isQuiet(event) || show(1));
  document.addEventListener("htmx:afterRequest", (event) => isQuiet(event) || show(-1));
  const offline = byId("offline");
  const setOffline = (is) => offline && (offline.hidden = !is);
  document.addEventListener("htmx:sendError", () => setOffline(true));
  document.addEventListener("htmx:responseError", () => setOffline(true));
  document.addEventListener("htmx:afterOnLoad", () => setOffline(false));

  // ── A dialog that htmx fills opens when its content has come ──
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.target.closest("dialog[data-dialog-filled]");
    if (dialog && !dialog.open) dialog.showModal();
  });

  // ── Who has it already is told so (304), and keeps what is there ──
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 304) event.detail.shouldSwap = false;
  });

  // ── Parts that renew themselves rest while nobody looks, and look at once when somebody does again ──
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[data-poll]")) part.dispatchEvent(new Event("look"));
  });

  // ── Forms: pressed once ──
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    setTimeout(() => form.querySelectorAll("[type=submit]").forEach((button) => (button.disabled = true)));
  });
  // Coming back through the browser's history must not find dead buttons.
  addEventListener("pageshow", () =>
    document.querySelectorAll("form[data-once] [type=submit]").forEach((button) => (button.disabled = false)),
  );

  // ── Copy a value: data-copy="id" ──
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    await navigator.clipboard.writeText(byId(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
  });

  // ── Filters that apply themselves ──
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  // ── How many are ticked, in the form that does something with them: data-ticked on its words ──
  document.addEventListener("change", (event) => {
    const words = event.target.form?.querySelector("[data-ticked]");
    if (!words) return;
    const count = [...event.target.form.elements].filter((each) => each.type === "checkbox" && each.checked).length;
    words.textContent = count ? `With the ${count} chosen:` : words.dataset.ticked;
  });
})();
