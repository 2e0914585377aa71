// The search over the fields of a record answers while one types. Without it the form asks the server.
(() => {
  const box = document.querySelector("[data-fields-search]");
  if (!box) return;
  const none = document.querySelector("[data-fields-none]");
  const look = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const group of document.querySelectorAll("[data-fields-group]")) {
      let here = 0;
      for (const field of group.querySelectorAll("[data-field]")) {
        field.hidden = !words.every((word) => field.dataset.field.includes(word));
        here += !field.hidden;
      }
      group.hidden = here === 0;
      found += here;
      const empty = group.querySelector("details");
      if (empty) {
        empty.hidden = !empty.querySelector("[data-field]:not([hidden])");
        empty.open = words.length > 0;
      }
    }
    if (none) none.hidden = found > 0;
  };
  box.addEventListener("input", look);
  // The server's answer holds what was searched for only; a wider search has to ask it again.
  const asked = box.value.toLowerCase().trim();
  if (asked) box.addEventListener("input", () => box.value.toLowerCase().includes(asked) || box.form.requestSubmit());
})();
