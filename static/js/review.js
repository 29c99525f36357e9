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
    if (place.firstElementChild) {
      place.replaceChildren();
    } else {
      open(place);
      place.querySelector("select").focus();
    }
    button.setAttribute("aria-expanded", String(Boolean(place.firstElementChild)));
  });
})();
