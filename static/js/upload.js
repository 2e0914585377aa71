// Sends the chosen file with a progress bar. Without this script the form posts as any other.
(() => {
  "use strict";

  const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

  function inWords(bytes) {
    let power = 0;
    while (bytes >= 1024 && power < UNITS.length - 1) {
      bytes /= 1024;
      power += 1;
    }
    return `${power && bytes < 100 ? bytes.toFixed(1) : Math.round(bytes)} ${UNITS[power]}`;
  }

  function timeInWords(seconds) {
    if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
    return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  }

  function start(form) {
    const input = form.querySelector("input[type=file]");
    const zone = form.querySelector("[data-drop]");
    const chosen = form.querySelector("[data-chosen]");
    const problem = form.querySelector("[data-problem]");
    const problemText = form.querySelector("[data-problem-text]");
    const send = form.querySelector("[data-send]");
    const cancel = form.querySelector("[data-cancel]");
    const transfer = form.querySelector("[data-transfer]");
    const bar = transfer.querySelector("progress");
    const numbers = transfer.querySelector("[data-numbers]");
    const limit = Number(form.dataset.maxBytes);
    let request = null;
    form.classList.add("has-script");

    function complain(text) {
      problemText.textContent = text;
      problem.hidden = !text;
      input.setAttribute("aria-invalid", text ? "true" : "false");
    }

    function look() {
      const file = input.files[0];
      complain("");
      zone.classList.toggle("dropzone--chosen", Boolean(file));
      chosen.textContent = file ? `${file.name} · ${inWords(file.size)}` : "";
      send.disabled = false;
      if (!file) return;
      if (file.size === 0) complain(`${file.name} is empty. Choose a file that has rows in it.`);
      else if (file.size > limit) {
        complain(
          `${file.name} has ${inWords(file.size)}; at most ${inWords(limit)} can be uploaded. ` +
            "Split the file, or compress it as .zip or .gz, and try again.",
        );
      }
      send.disabled = !problem.hidden;
    }

    function working(isWorking) {
      form.classList.toggle("is-sending", isWorking);
      transfer.hidden = !isWorking;
      cancel.hidden = !isWorking;
      send.hidden = isWorking;
      input.disabled = isWorking;
    }

    function refused(text) {
      request = null;
      working(false);
      complain(text);
    }

    function answered() {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = {};
      }
      if (request.status === 200 && answer.next) window.location.assign(answer.next);
      else if (answer.problem) refused(answer.problem);
      else if (request.status === 413) refused("The server refused the file because it is too large.");
      else if (request.status === 403 || request.responseURL !== form.action) {
        refused("You are no longer signed in. Reload the page and sign in again.");
      } else refused("The server could not take the file. Nothing was stored; try again.");
    }

    function transferFile() {
      const began = performance.now();
      const file = input.files[0];
      request = new XMLHttpRequest();
      request.open("POST", form.action);
      // The file itself is the body: the server can write it to storage while it arrives.
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
      request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        const seconds = (performance.now() - began) / 1000;
        const rate = event.loaded / Math.max(seconds, 0.001);
        const left = (event.total - event.loaded) / Math.max(rate, 1);
        bar.max = event.total;
        bar.value = event.loaded;
        numbers.textContent =
          `${inWords(event.loaded)} of ${inWords(event.total)} · ${inWords(rate)}/s` +
          (event.loaded < event.total ? ` · ${timeInWords(left)} left` : " · storing it");
      });
      request.addEventListener("load", answered);
      request.addEventListener("error", () =>
        refused(
          "The connection broke while the file was on its way: the line or the server was away, or a proxy between " +
            "refused the file. Nothing was stored; try again, and tell the operator if it happens again.",
        ),
      );
      request.addEventListener("abort", () => refused("Cancelled. Nothing was stored."));
      bar.removeAttribute("value");
      numbers.textContent = "Starting…";
      working(true);
      request.send(file);
    }

    input.addEventListener("change", look);
    cancel.addEventListener("click", () => request && request.abort());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!input.files.length) complain("Choose a file first.");
      else if (problem.hidden || !send.disabled) transferFile();
    });
    for (const name of ["dragenter", "dragover"]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.add("dropzone--over");
      });
    }
    for (const name of ["dragleave", "drop"]) {
      zone.addEventListener(name, () => zone.classList.remove("dropzone--over"));
    }
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length > 1) {
        complain("Drop one file at a time.");
        return;
      }
      if (!event.dataTransfer.files.length || input.disabled) return;
      input.files = event.dataTransfer.files;
      look();
    });
    // A page restored by the Back button keeps the file but not this script's state.
    window.addEventListener("pageshow", () => {
      working(false);
      look();
    });
  }

  document.querySelectorAll("form[data-upload]").forEach(start);
})();
