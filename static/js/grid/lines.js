// The page of one unit: each field is saved as it is left, by the queue that the grid uses too.
(() => {
  "use strict";

  const ledgerGrid = window.ledgerGrid;
  const root = document.querySelector("[data-lines]");
  if (!root) {
    return;
  }
  const QUIET = 800;
  const words = JSON.parse(document.getElementById("grid-words").textContent);
  const clocks = new Map();
  let asked = null;  // the button that waits until everything is saved

  const lineOf = (entry) => root.querySelector(`[data-entry="${entry}"]`);
  const fieldOf = (line, name) => line.querySelector(`[data-entry-field="${name}"]`);
  const versionOf = (line) => root.elements[`e${line.dataset.entry}-version`];
  const set = (line, name, text) => {
    const field = fieldOf(line, name);
    if (field) {
      field.value = text;
    }
  };
  const say = (name, ...more) => {
    root.querySelector("[data-said]").textContent = ledgerGrid.filled(words[name], ...more);
  };

  const clear = (line) => {
    notes.remove(Number(line.dataset.entry));
    for (const field of line.querySelectorAll("[data-entry-field][aria-invalid]")) {
      field.removeAttribute("aria-invalid");
    }
  };

  // The fields that are meant, and what is wrong right under the first of them.
  const point = (line, answer, item) => {
    const names = (answer.parts || []).filter((name) => fieldOf(line, name));
    const meant = (names.length ? names : Object.keys(item.content))
      .map((name) => fieldOf(line, name)).filter(Boolean);
    for (const field of meant) {
      field.setAttribute("aria-invalid", "true");
    }
    const place = meant.length && meant[0].closest(".answer, .field");
    if (place) {
      place.after(line.querySelector("[data-refusals]"));
    }
  };

  const put = (what, line, content) => {
    const entry = Number(line.dataset.entry);
    clear(line);
    queue.put(entry, Number(line.dataset.version), what, content);
  };

  // A value and a reason for none drive each other out.
  const save = (field) => {
    window.clearTimeout(clocks.get(field));
    clocks.delete(field);
    const line = field.closest("[data-entry]");
    const name = field.dataset.entryField;
    const stored = root.elements[`initial-${field.name}`];
    const unsent = queue.typedInto(Number(line.dataset.entry));
    if (stored && stored.value === field.value && unsent[name] === undefined) {
      return;  // it is saved already
    }
    const content = { [name]: field.value };
    if (name === "value") {
      content.nothing = undefined;
      if (field.value) {
        set(line, "nothing", "");
      }
    } else if (name === "nothing") {
      content.value = undefined;
      if (field.value) {
        set(line, "value", "");
      }
    }
    put("save", line, content);
  };

  const shownAs = (line, answer) => {
    const field = fieldOf(line, "value");
    const isChoice = field && field.tagName === "SELECT";
    if (answer.content) {
      const value = answer.content.value;
      set(line, "value", value === null ? "" : isChoice ? String(Number(value)) : answer.shown);
      set(line, "nothing", answer.content.nothing);
      if (line.dataset.measure === "text") {
        set(line, "narrative", answer.content.narrative);
      }
    } else if (field && !isChoice && field.value && document.activeElement !== field) {
      field.value = answer.shown;
    }
  };

  // The form, should it be sent, then speaks of what is stored now.
  const settle = (line) => {
    versionOf(line).value = line.dataset.version;
    for (const field of line.querySelectorAll("[data-entry-field]")) {
      const initial = root.elements[`initial-${field.name}`];
      if (initial) {
        initial.value = field.value;
      }
    }
  };

  const accept = (line, answer, item, more) => {
    line.dataset.version = answer.version;
    if (!more) {
      shownAs(line, answer);
      settle(line);
    }
    const chip = line.querySelector("[data-state] .chip");
    chip.className = `chip ${answer.look.split(" ")[0]}`;
    chip.textContent = answer.state;
    const carried = line.querySelector("[data-carried]");
    if (carried && !more) {
      carried.textContent = answer.carried || "";
    }
    if (item.content.value !== undefined || item.do === "confirm") {
      const box = line.querySelector("[data-explain]");
      const asks = line.querySelector("[data-asks]");
      asks.hidden = !answer.asks;
      asks.textContent = answer.asks ? `${words.asks} ${answer.asks.join(" ")}` : "";
      box.hidden = !answer.asks && !fieldOf(line, "explanation").value;
    }
  };

  const on = {
    state(entry, name) {
      const line = lineOf(entry);
      if (line && line.querySelector("[data-sync-text]")) {
        line.dataset.sync = name;
        line.querySelector("[data-sync-text]").textContent = words[name] || "";
      }
    },
    resumed(item) {
      const line = lineOf(item.entry);
      for (const [name, text] of line ? Object.entries(item.content) : []) {
        set(line, name, text);
      }
    },
    answer(answer, item, more) {
      const line = lineOf(answer.entry);
      if (!line || !versionOf(line)) {
        return;
      }
      clear(line);
      if (answer.outcome === "done" || answer.outcome === "unchanged") {
        accept(line, answer, item, more);
        on.state(answer.entry, "saved");
        return;
      }
      asked = null;
      on.state(answer.entry, answer.outcome === "conflict" ? "conflict" : "refused");
      point(line, answer, item);
      notes.refusal(line, answer, item);
      if (answer.outcome === "conflict") {
        versionOf(line).value = answer.version;  // sent again, the form means what it shows
      }
    },
    trouble(name) {
      notes.trouble(name);
    },
    count(unsent) {
      root.dataset.unsent = unsent;
      if (!unsent && !clocks.size && asked) {
        const button = asked;
        asked = null;
        leave();
        root.requestSubmit(button);
      }
    },
  };

  // The form carries all that was typed: nothing is left to be sent beside it.
  const leave = () => {
    for (const entry of [...queue.held.keys()]) {
      queue.drop(entry);
    }
  };

  const notes = new ledgerGrid.Notes(root, words, {
    label: () => "",
    cellOf: lineOf,
    show: () => {},
    put: (what, line, content) => put(what, line, content),
    say,
    open: (entry) => {
      const line = lineOf(entry);
      line.querySelector("[data-explain]").hidden = false;
      fieldOf(line, "explanation").focus();
    },
    drop: (entry) => queue.drop(entry),
    state: on.state,
    listOf: (entry) => lineOf(entry).querySelector("[data-refusals]"),
    settled: (line, answer) => {
      clear(line);
      shownAs(line, answer);
      settle(line);
    },
  });
  const queue = new ledgerGrid.Queue({
    address: root.dataset.cells,
    token: root.querySelector("[name=csrfmiddlewaretoken]").value,
    user: root.dataset.user,
    period: root.dataset.period,
    on,
  });

  root.removeAttribute("data-guard");
  root.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.entryField) {
      window.clearTimeout(clocks.get(field));
      clocks.set(field, window.setTimeout(() => save(field), QUIET));
    }
  });
  root.addEventListener("change", (event) => {
    if (event.target.dataset.entryField) {
      save(event.target);
    }
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm-last]");
    if (button) {
      event.preventDefault();
      put("confirm", button.closest("[data-entry]"), {});
    }
  });
  root.addEventListener("submit", (event) => {
    for (const field of [...clocks.keys()]) {
      save(field);
    }
    if (queue.unsent) {
      event.preventDefault();
      event.stopPropagation();
      asked = event.submitter;
    } else {
      leave();
    }
  });
  queue.resume();
})();
