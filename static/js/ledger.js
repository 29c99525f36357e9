// Small help on top of pages that work without it.
(() => {
  "use strict";

  // One press, one request: a second press while the first is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") {
      return;  // A download leaves the page as it is, to be asked for again.
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.dataset.clean = "yes";
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      delete form.dataset.clean;
      for (const button of form.querySelectorAll("button")) {
        button.removeAttribute("aria-disabled");
      }
    }
  });

  // Typed but not saved: ask before leaving.
  let unsaved = null;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    const isTyped = form && (form.dataset.guard !== "text" || event.target.type !== "checkbox");
    if (isTyped) {
      unsaved = form;
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !unsaved.dataset.clean) {
      event.preventDefault();
    }
  });

  // On a phone the quarters, the tabs and the menu scroll: show where one is.
  for (const strip of document.querySelectorAll(".quarters, .tabs, .menu ul")) {
    const current = strip.querySelector("[aria-current]");
    if (current) {
      const [here, whole] = [current.getBoundingClientRect(), strip.getBoundingClientRect()];
      strip.scrollLeft += here.left - whole.left - (whole.width - here.width) / 2;
    }
  }

  // One box for all boxes of its list, which says whether all of them are ticked, or some.
  const boxesOf = (all) => {
    const list = all.closest("table") || document;
    return [...list.querySelectorAll(`input[name="${all.dataset.all}"]`)];
  };
  const follow = () => {
    for (const all of document.querySelectorAll("[data-all]")) {
      const boxes = boxesOf(all);
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  };
  window.addEventListener("pageshow", follow);
  document.addEventListener("change", (event) => {
    const all = event.target;
    if (all.dataset.all) {
      for (const box of boxesOf(all)) {
        box.checked = all.checked;
      }
    }
    follow();
    const counter = document.querySelector("[data-chosen]");
    if (counter) {
      const boxes = document.querySelectorAll(`input[name="${counter.dataset.chosen}"]:checked`);
      counter.textContent = String(boxes.length);
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) {
      window.print();
    }
    const asked = event.target.closest("[data-confirm]");
    if (asked && !window.confirm(asked.dataset.confirm)) {
      event.preventDefault();
    }
  });

  // Something runs on the server: look again every few seconds, while anybody is looking.
  const running = document.querySelector("[data-reload]");
  if (running) {
    window.setInterval(() => {
      if (!document.hidden) {
        window.location.reload();
      }
    }, Number(running.dataset.reload) * 1000);
  }
})();
