// News: the count in the title and on the icon, and the browser's own notifications for who is looking elsewhere.
(() => {
  const title = document.title;
  const icon = document.querySelector('link[rel="icon"]');
  const plain = icon?.href;
  const drawn = (count) => {
    const text = count > 9 ? "9+" : String(count);
    const svg =
      `<svg xmlns="${document.querySelector("svg").namespaceURI}" viewBox="0 0 28 28"><rect width="28" height="28" rx="8" fill="#2a3cc4"/>` +
      '<g stroke="#fff" stroke-width="2.6" stroke-linecap="round"><path d="M8 19.5v-4"/><path d="M14 19.5v-11"/></g>' +
      '<circle cx="19" cy="19" r="9" fill="#d63f33"/>' +
      `<text x="19" y="23" font-family="sans-serif" font-size="12" font-weight="700" fill="#fff" text-anchor="middle">${text}</text></svg>`;
    return `data:image/svg+xml,${encodeURIComponent(svg)}`;
  };
  const count = () => {
    const unseen = Number(document.getElementById("bell")?.dataset.unseen ?? 0);
    document.title = unseen ? `(${unseen}) ${title}` : title;
    if (icon) icon.href = unseen ? drawn(unseen) : plain;
  };
  const may = () => "Notification" in window && Notification.permission === "granted";
  const tell = (toast) => {
    if (!may() || !document.hidden) return;
    const told = new Notification(toast.dataset.title, { body: toast.dataset.words, tag: `bpadmin-${toast.dataset.toast}` });
    told.onclick = () => {
      window.focus();
      toast.querySelector("a")?.click();
    };
  };
  const seen = new Set();
  document.addEventListener("htmx:afterSettle", () => {
    count();
    for (const toast of document.querySelectorAll("[data-toast]")) {
      if (seen.has(toast.dataset.toast)) continue;
      seen.add(toast.dataset.toast);
      tell(toast);
      // What is bad stays until somebody takes it away; it is in the inbox anyway.
      if (toast.dataset.tone !== "bad") setTimeout(() => toast.remove(), 20000);
    }
  });

  const button = document.querySelector("[data-notify-permission]");
  if (button && "Notification" in window) {
    const words = document.querySelector("[data-notify-words]");
    const show = () => {
      button.hidden = Notification.permission !== "default";
      words.textContent =
        Notification.permission === "granted"
          ? "This browser shows them while a page of bpadmin is open in another tab."
          : Notification.permission === "denied"
            ? "This browser was told not to show them; its settings for this address change that."
            : "This browser has not been asked yet.";
    };
    button.addEventListener("click", async () => {
      await Notification.requestPermission();
      show();
    });
    show();
  }
})();
