// Marking the cells of a line where it stands: without this, the button loads the page again.
(() => {
  "use strict";

  const blank = document.getElementById("cells");

  // The form of a line that is not open yet, made from the one that the page carries blank.
  function open(place) {
    const pk = place.dataset.cellsOf;
    const form = blank.content.cloneNode(true);
    for (const part of form.querySelectorAll("[name], [id], [for]")) {
      for (const name of ["name", "id", "for"]) {
        const value = part.getAttribute(name);
        if (value) {
          part.setAttribute(name, value.replace(/^(id_)?m0-/, `$1m${pk}-`).replace("cells-0", `cells-${pk}`));
        }
      }
    }
    form.querySelector(`[name="m${pk}-version"]`).value = place.dataset.version;
    form.querySelector("button").value = `return:${pk}`;
    place.append(form);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest('button[value^="cells:"]');
    if (!button || !blank) {
      return;
    }
    event.preventDefault();
    const place = button.closest("tr").querySelector("[data-cells-of]");
    // Put out of sight, never thrown away: what was typed is there when it opens again.
    const cells = place.firstElementChild;
    if (cells) {
      cells.hidden = !cells.hidden;
    } else {
      open(place);
    }
    const isOpen = !place.firstElementChild.hidden;
    if (isOpen) {
      place.querySelector("select").focus();
    }
    button.setAttribute("aria-expanded", String(isOpen));
  });

  // The server opened a line, or sent it back with something missing: go there.
  const opened = document.querySelector("[data-cells-of] .cells");
  if (opened) {
    (opened.querySelector('[aria-invalid="true"]') || opened.querySelector("select")).focus();
  }
})();
