// Drag a campaign's lists into another order. Without it the buttons beside each list do the same.
(() => {
  const rowOf = (event) => event.target.closest?.("[data-instance]");
  let dragged = null;

  document.addEventListener("dragstart", (event) => {
    dragged = rowOf(event);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.instance);
    dragged.classList.add("bindings__row--dragged");
  });

  document.addEventListener("dragover", (event) => {
    const over = rowOf(event);
    if (!dragged || !over || over === dragged || over.parentNode !== dragged.parentNode) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    const isBelow = event.clientY > box.top + box.height / 2;
    over.parentNode.insertBefore(dragged, isBelow ? over.nextSibling : over);
  });

  document.addEventListener("drop", (event) => dragged && event.preventDefault());

  document.addEventListener("dragend", () => {
    if (!dragged) return;
    const row = dragged;
    dragged = null;
    row.classList.remove("bindings__row--dragged");
    const form = document.getElementById("reorder");
    if (!form) return;
    for (const each of row.parentNode.querySelectorAll("[data-instance]")) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = "instance";
      input.value = each.dataset.instance;
      form.append(input);
    }
    const moved = document.createElement("input");
    moved.type = "hidden";
    moved.name = "dragged";
    moved.value = row.dataset.instance;
    form.append(moved);
    form.submit();
  });
})();
