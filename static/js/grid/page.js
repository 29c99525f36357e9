// The reporting grid: its tables, its drawer, and one queue that sends what is typed.
(() => {
  "use strict";

  const ledgerGrid = window.ledgerGrid;
  const root = document.querySelector("[data-grid]");
  if (!root) {
    return;
  }
  const words = JSON.parse(document.getElementById("grid-words").textContent);
  const part = (name) => root.querySelector(`[data-${name}]`);
  let clock = 0;
  const SEEN = 8000;
  const SHOWN_ELSEWHERE = ["refusal", "selected", "offline", "server", "signed_out", "forbidden",
    "no_storage"];

  // Said to those who listen, and beside the buttons for a while to those who look.
  const tell = (text, isShown = true) => {
    part("said").textContent = text;
    if (isShown) {
      window.clearTimeout(clock);
      part("told").textContent = text;
      clock = window.setTimeout(() => { part("told").textContent = ""; }, SEEN);
    }
  };
  const say = (name, ...more) => {
    tell(ledgerGrid.filled(words[name], ...more), !SHOWN_ELSEWHERE.includes(name));
  };
  const cellOf = (entry) => document.getElementById(`c${entry}`);
  const textOf = (cell) => (cell.querySelector("b") || cell).textContent;
  const tableOf = (cell) => tables.find((table) => table.table.contains(cell));
  const headOf = (cell) => tableOf(cell).heads[cell.cellIndex - 1];
  const unitOf = (cell) => cell.parentElement.cells[0].textContent.trim();
  const taskOf = (cell) => headOf(cell).querySelector("span").textContent;

  const show = (cell, text) => {
    cell.querySelector("b").textContent = text;
    tableOf(cell).count(cell.cellIndex - 1);
  };

  const nameOf = (cell) => {
    const last = cell.querySelector("small").textContent;
    const mark = cell.querySelector("i").getAttribute("aria-label");
    const sync = words[cell.dataset.sync];
    const said = [unitOf(cell), taskOf(cell), textOf(cell) || words.empty, mark, sync];
    return [...said, last && ledgerGrid.filled(words.last, last)].filter(Boolean).join(", ");
  };

  const put = (what, cell, content) => {
    const entry = Number(cell.id.slice(1));
    delete cell.dataset.stored;
    notes.remove(entry);
    queue.put(entry, Number(cell.dataset.v), what, content);
  };

  const page = {
    textOf,
    say,
    name: nameOf,
    open: (cell, more) => cell.id && drawer.open(Number(cell.id.slice(1)), more),
    typed(cell, text) {
      show(cell, text);
      put("save", cell, { value: text });
    },
    confirm(cells) {
      const open = cells.filter(ledgerGrid.isOpen);
      const wanted = cells.length > 1 ? open.filter((cell) => !textOf(cell)) : open;
      const ready = wanted.filter((cell) => cell.querySelector("small").textContent);
      for (const cell of ready) {
        show(cell, cell.querySelector("small").textContent);
        put("confirm", cell);
      }
      if (!ready.length && cells.length === 1) {
        say(open.length ? "nothing_before" : "frozen");
      } else if (cells.length > 1) {
        say("confirmed", ready.length);
      }
    },
    moved(table) {
      current = table;
      const cells = table.chosen;
      if (cells.length > 1) {
        say("selected", cells.length);
      }
      tools();
    },
  };

  // Filled, or on its way to be: what is still being sent is handed in after it.
  const isUnderway = (cell) => ["blank", "draft", "returned"].includes(cell.classList[0]);
  const isSent = (cell) => ["saving", "waiting"].includes(cell.dataset.sync) && textOf(cell);
  const isHeld = (cell) => queue.held.has(Number(cell.id.slice(1)));
  const isReady = (cell) => isHeld(cell) || cell.matches(".draft:not(.shut)")
    || (isUnderway(cell) && (cell.dataset.fixed || isSent(cell)));
  let unsaved = 0;  // left out of what was handed in last

  const submit = (cells) => {
    unsaved = cells.filter(isHeld).length;
    if (unsaved && unsaved === cells.length) {
      report();
    }
    for (const cell of cells.filter((one) => !isHeld(one))) {
      put("submit", cell);
    }
  };

  const tools = () => {
    const drafts = Array.from(root.querySelectorAll("td.draft:not(.shut)"))
      .filter((cell) => !isHeld(cell)).length;
    const all = root.querySelector("[data-do=submit_all]");
    all.hidden = !drafts;
    all.textContent = ledgerGrid.filled(words.submit_all, drafts);
    const row = root.querySelector("[data-do=submit_row]");
    if (!row) {
      return;  // nothing can be changed any more
    }
    row.textContent = ledgerGrid.filled(words.submit_row, unitOf(current.cell));
    const sent = current.chosen.some((cell) => cell.classList.contains("submitted"));
    root.querySelector("[data-do=take_back]").hidden = !sent;
  };

  const act = (what, entry = 0) => {
    const cells = entry ? [cellOf(entry)] : current.chosen;
    const acts = {
      confirm: () => (entry ? page.confirm(cells) : current.confirm()),
      open: () => page.open(current.cell),
      submit: () => submit(cells.filter((cell) => isUnderway(cell)
        && (textOf(cell) || cells.length === 1))),
      submit_row: () => submit(Array.from(current.cell.parentElement.cells).filter(isReady)),
      submit_all: () => submit(Array.from(root.querySelectorAll("tbody td")).filter(isReady)),
      take_back: () => cells.filter((cell) => cell.classList.contains("submitted"))
        .forEach((cell) => put("take_back", cell)),
    };
    if (acts[what]) {
      acts[what]();
    }
  };

  const done = { confirm: 0, submit: 0, take_back: 0 };
  const saidOf = { submit: "submitted", take_back: "taken_back" };

  const report = () => {
    const texts = Object.entries(saidOf).filter(([what]) => done[what])
      .map(([what, name]) => ledgerGrid.filled(words[name], done[what]));
    if (unsaved) {
      texts.push(ledgerGrid.filled(words.not_submitted, unsaved));
    }
    if (texts.length) {
      tell(texts.join(" "));
    }
    unsaved = 0;
    Object.keys(done).forEach((what) => { done[what] = 0; });
  };

  const accept = (cell, answer, item, more) => {
    cell.dataset.v = answer.version;
    const chosen = cell.classList.contains("chosen");
    cell.className = answer.look;
    cell.classList.toggle("chosen", chosen);
    cell.toggleAttribute("aria-readonly", false);
    if (!ledgerGrid.isOpen(cell)) {
      cell.setAttribute("aria-readonly", "true");
    }
    const mark = cell.querySelector("i");
    mark.textContent = answer.mark;
    for (const name of ["aria-label", "title"]) {
      mark.toggleAttribute(name, Boolean(answer.mark));
      mark.setAttribute(name, answer.label);
    }
    if (answer.mark) {
      mark.setAttribute("role", "img");
    } else {
      ["role", "aria-label", "title"].forEach((name) => mark.removeAttribute(name));
    }
    if (!more) {
      show(cell, answer.shown);
    }
    if (item.do === "save" && answer.look.startsWith("returned")) {
      cell.dataset.fixed = "yes";
    } else {
      delete cell.dataset.fixed;
    }
  };

  const on = {
    state(entry, name) {
      const cell = cellOf(entry);
      if (cell) {
        cell.dataset.sync = name;
      }
    },
    resumed(item) {
      const cell = cellOf(item.entry);
      if (cell && item.content.value !== undefined) {
        show(cell, item.content.value);
      }
    },
    answer(answer, item, more) {
      const cell = cellOf(answer.entry);
      if (!cell) {
        return;  // of another page
      }
      notes.remove(answer.entry);
      if (answer.outcome === "done" || answer.outcome === "unchanged") {
        accept(cell, answer, item, more);
        on.state(answer.entry, "saved");
        done[item.do] = (done[item.do] || 0) + 1;
        if (answer.asks) {
          notes.asks(answer);
        }
      } else {
        on.state(answer.entry, answer.outcome === "conflict" ? "conflict" : "refused");
        notes.refusal(cell, answer, item);
        if (answer.shown !== undefined) {
          cell.dataset.stored = answer.shown;  // what the totals count
        }
        tableOf(cell).count(cell.cellIndex - 1);
      }
      if (item.do !== "save") {
        drawer.refresh(answer.entry);
      }
    },
    trouble(name) {
      notes.trouble(name);
    },
    count(unsent) {
      part("sending").dataset.unsent = unsent;
      const [name, number] = unsent
        ? ["unsent", unsent] : queue.held.size ? ["not_taken", queue.held.size] : ["all_saved"];
      part("sending").textContent = ledgerGrid.filled(words[name], number);
      if (unsent) {
        return;
      }
      report();
      tools();
    },
  };

  const notes = new ledgerGrid.Notes(root, words, {
    label: (cell) => `${unitOf(cell)} · ${taskOf(cell)}`,
    cellOf, show, put, say,
    listOf: () => part("refusals"),
    goTo: true,  // a refusal stands far from its cell
    settled: (cell) => {
      delete cell.dataset.stored;
      tableOf(cell).count(cell.cellIndex - 1);
    },
    open: (entry) => drawer.open(entry),
    drop: (entry) => queue.drop(entry),
    state: on.state,
  });
  const tables = Array.from(root.querySelectorAll("table"), (table) => (
    new ledgerGrid.Table(table, page)));
  let current = tables[tables.length - 1];
  const drawer = new ledgerGrid.Drawer(part("drawer"), root.dataset.cell, {
    save: (entry, content) => put("save", cellOf(entry), content),
    typed: (entry) => queue.typedInto(entry),
    left: (entry) => cellOf(entry) && cellOf(entry).focus(),
    act, say,
  });
  const queue = new ledgerGrid.Queue({
    address: root.dataset.cells,
    token: root.querySelector("[name=csrfmiddlewaretoken]").value,
    user: root.dataset.user,
    period: root.dataset.period,
    on,
  });

  root.querySelector(".grid-bar").addEventListener("submit", (event) => event.preventDefault());
  root.querySelector(".grid-bar").addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) {
      event.preventDefault();
      act(button.dataset.do);
    }
  });
  const inTable = () => !current.input && current.table.contains(document.activeElement);
  document.addEventListener("paste", (event) => {
    if (inTable()) {
      event.preventDefault();
      const block = ledgerGrid.blockOf(event.clipboardData.getData("text/plain"));
      const [filled, skipped, cut] = current.paste(block);
      tell([
        ledgerGrid.filled(words.pasted, filled),
        skipped ? ledgerGrid.filled(words.skipped, skipped) : "",
        cut ? ledgerGrid.filled(words.cut, cut) : "",
      ].join(" ").trim());
    }
  });
  document.addEventListener("copy", (event) => {
    if (inTable()) {
      event.preventDefault();
      event.clipboardData.setData("text/plain", current.copied());
    }
  });
  const fix = part("next-fix");
  if (fix) {
    fix.hidden = false;
    fix.addEventListener("click", () => {
      const cells = Array.from(root.querySelectorAll("td.returned"));
      const at = cells.indexOf(current.cell);
      const next = cells[(at + 1) % cells.length];
      if (next) {
        next.focus();
        page.open(next);
      }
    });
  }
  // What did not go well stands above the foot of the screen: never over the cell in hand.
  const standing = root.querySelector(".grid-notes");
  new ResizeObserver(() => {
    root.style.setProperty("--notes", `${standing.offsetHeight}px`);
    const cell = document.activeElement.closest(".sheet td");
    if (cell && standing.offsetHeight) {
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }).observe(standing);
  part("tools").hidden = false;
  tools();
  queue.resume();
})();
