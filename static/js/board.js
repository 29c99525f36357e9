// Pages of figures: tiles by arrow keys, and new figures once a minute where there are any.
(() => {
  "use strict";
  const MINUTE = 60_000;

  // Arrow keys go from tile to tile as the eye does; Home and End to the first and last.
  document.addEventListener("keydown", (event) => {
    const map = event.target.closest("[data-map]");
    if (!map || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const links = [...map.querySelectorAll("a")];
    const target = towards(event.key, event.target, links);
    if (target) {
      event.preventDefault();
      target.focus();
    }
  });

  function towards(key, from, links) {
    const at = links.indexOf(from);
    const side = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: links.length - 1 };
    if (key in side) {
      return links[side[key]];
    }
    return key === "ArrowUp" || key === "ArrowDown" ? inNextLine(key, from, links) : null;
  }

  function inNextLine(key, from, links) {
    const here = from.getBoundingClientRect();
    const isBeyond = (box) => (key === "ArrowDown" ? box.top >= here.bottom : box.bottom <= here.top);
    let best = null;
    let least = Infinity;
    for (const link of links) {
      const box = link.getBoundingClientRect();
      const distance = Math.abs(box.top - here.top) * 100 + Math.abs(box.left - here.left);
      if (isBeyond(box) && distance < least) {
        best = link;
        least = distance;
      }
    }
    return best;
  }

  // Ask once a minute, while anybody looks, whether the figures still hold; the server says 304
  // where they do.
  const board = document.querySelector("[data-live]");
  if (board && board.dataset.etag) {
    window.setInterval(() => {
      if (!document.hidden && !board.contains(document.activeElement)) {
        refresh();
      }
    }, MINUTE);
  }

  async function refresh() {
    try {
      const response = await fetch(window.location.href, {
        headers: { "If-None-Match": board.dataset.etag },
      });
      if (response.status !== 200 || response.redirected) {
        return;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (fresh) {
        board.replaceChildren(...fresh.childNodes);
        board.dataset.etag = fresh.dataset.etag;
      }
    } catch {
      // No connection: what is shown says of when it is; the next minute asks again.
    }
  }
})();
