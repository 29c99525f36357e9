// The presentation by keyboard: arrows and page keys turn, Escape leaves.
(() => {
  "use strict";
  const TURNS = {
    ArrowRight: "next", PageDown: "next", " ": "next", ArrowLeft: "prev", PageUp: "prev",
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("[data-map] a")) {
      return;  // Inside the map the arrows go from tile to tile.
    }
    const link = event.key === "Escape"
      ? document.querySelector("[data-leave]")
      : document.querySelector(`[rel="${TURNS[event.key] || "none"}"]`);
    if (link && !(event.key === " " && event.target.closest("a, button"))) {
      event.preventDefault();
      link.click();
    }
  });
})();
