// A table that is walked, filled and chosen from by keys, as people know it from Excel.
(() => {
  "use strict";

  const ledgerGrid = window.ledgerGrid = window.ledgerGrid || {};
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  ledgerGrid.Table = class {
    // `page` takes: typed(cell, text), confirm(cells), open(cell), moved(table), say(text).
    constructor(table, page) {
      this.table = table;
      this.page = page;
      this.rows = Array.from(table.tBodies[0].rows, (row) => Array.from(row.cells).slice(1));
      this.heads = Array.from(table.tHead.rows[0].cells).slice(1);
      this.sums = table.tFoot ? Array.from(table.tFoot.rows[0].cells).slice(1) : [];
      this.at = [0, 0];
      this.from = [0, 0];
      this.input = null;
      this.leaving = false;
      this.rows.flat().forEach((cell) => cell.setAttribute("aria-readonly", "true"));
      for (const cell of this.rows.flat().filter(ledgerGrid.isOpen)) {
        cell.removeAttribute("aria-readonly");
      }
      this.cell.tabIndex = 0;
      table.setAttribute("aria-multiselectable", "true");
      table.addEventListener("keydown", (event) => this.key(event));
      table.addEventListener("mousedown", (event) => this.press(event));
      table.addEventListener("mouseover", (event) => this.drag(event));
      table.addEventListener("dblclick", () => this.edit());
      table.addEventListener("focusin", (event) => this.focused(event));
      this.heads.forEach((_head, column) => this.count(column));
    }

    get cell() {
      return this.rows[this.at[0]][this.at[1]];
    }

    // Row by row, the cells chosen; one where nothing more was.
    get block() {
      const [top, bottom] = [this.at[0], this.from[0]].sort((a, b) => a - b);
      const [left, right] = [this.at[1], this.from[1]].sort((a, b) => a - b);
      return this.rows.slice(top, bottom + 1).map((row) => row.slice(left, right + 1));
    }

    get chosen() {
      return this.block.flat().filter((cell) => cell.id);
    }

    place(cell) {
      const row = cell.parentElement.sectionRowIndex;
      return [row, cell.cellIndex - 1];
    }

    go(row, column, stretch = false) {
      const last = [this.rows.length - 1, this.heads.length - 1];
      this.cell.tabIndex = -1;
      this.at = [Math.max(0, Math.min(row, last[0])), Math.max(0, Math.min(column, last[1]))];
      if (!stretch) {
        this.from = [...this.at];
      }
      this.cell.tabIndex = 0;
      this.cell.focus();
      this.show();
    }

    // In reading order of the direction, past the edge into the next column or row.
    step(down, right) {
      let [row, column] = this.at;
      row += down;
      column += right;
      if (down && (row < 0 || row >= this.rows.length) && this.heads[column + down]) {
        column += down;
        row = down > 0 ? 0 : this.rows.length - 1;
      }
      if (right && (column < 0 || column >= this.heads.length) && this.rows[row + right]) {
        row += right;
        column = right > 0 ? 0 : this.heads.length - 1;
      }
      this.go(row, column);
    }

    show() {
      const chosen = new Set(this.chosen);
      for (const cell of this.table.querySelectorAll("td.chosen")) {
        if (!chosen.has(cell)) {
          cell.classList.remove("chosen");
          cell.removeAttribute("aria-selected");
        }
      }
      for (const cell of chosen.size > 1 ? chosen : []) {
        cell.classList.add("chosen");
        cell.setAttribute("aria-selected", "true");
      }
      this.page.moved(this);
    }

    focused(event) {
      const cell = event.target.closest("td[id]");
      if (cell && this.rows.some((row) => row.includes(cell))) {
        const [row, column] = this.place(cell);
        cell.setAttribute("aria-label", this.page.name(cell, this));
        if (row !== this.at[0] || column !== this.at[1]) {
          this.go(row, column);
        } else {
          this.page.moved(this);
        }
      }
    }

    press(event) {
      const target = event.target.closest("th, td");
      if (event.button || !target || event.target.closest("a, input") || target.closest("tfoot")) {
        return;
      }
      event.preventDefault();
      this.commit();
      const end = [this.rows.length - 1, this.heads.length - 1];
      if (target.tagName === "TD") {
        this.go(...this.place(target), event.shiftKey);
        return;
      }
      const row = target.parentElement.sectionRowIndex;
      const column = target.cellIndex - 1;
      const [from, to] = target.closest("thead")
        ? [[0, Math.max(column, 0)], [end[0], column < 0 ? end[1] : column]]
        : [[row, 0], [row, end[1]]];
      this.go(...from);
      this.from = to;
      this.show();
    }

    drag(event) {
      const cell = event.target.closest("tbody td");
      if (cell && event.buttons === 1 && !this.input && this.table.contains(document.activeElement)) {
        this.go(...this.place(cell), true);
      }
    }

    key(event) {
      if (event.isComposing || event.target.closest("a, th")) {
        return;
      }
      if (this.input) {
        this.keyInEditor(event);
      } else if (!this.keyOfCommand(event) && !this.keyOfCell(event)) {
        return;
      }
      this.leaving = event.key === "Escape";
    }

    keyInEditor(event) {
      const back = event.shiftKey ? -1 : 1;
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        this.commit();
        this.step(event.key === "Enter" ? back : 0, event.key === "Tab" ? back : 0);
      } else if (event.key === "Escape") {
        event.preventDefault();
        this.close();
        this.cell.focus();
      } else if (this.fresh && STEPS[event.key]) {
        event.preventDefault();
        this.commit();
        this.go(this.at[0] + STEPS[event.key][0], this.at[1] + STEPS[event.key][1]);
      }
    }

    // Keys with Ctrl; those of the browser stay its own.
    keyOfCommand(event) {
      const edges = { Home: [0, 0], End: [this.rows.length - 1, this.heads.length - 1] };
      if (event.altKey) {
        return true;
      }
      if (!event.ctrlKey && !event.metaKey) {
        return false;
      }
      const step = STEPS[event.key];
      if (event.key.toLowerCase() === "a") {
        this.go(0, 0);
        this.from = edges.End;
        this.show();
      } else if (edges[event.key]) {
        this.go(...edges[event.key], event.shiftKey);
      } else if (step) {
        const far = this.rows.length + this.heads.length;
        this.go(this.at[0] + step[0] * far, this.at[1] + step[1] * far, event.shiftKey);
      } else {
        return true;
      }
      event.preventDefault();
      return true;
    }

    keyOfCell(event) {
      const back = event.shiftKey ? -1 : 1;
      const step = STEPS[event.key];
      const keys = {
        Enter: () => this.step(back, 0),
        Tab: () => this.step(0, back),
        Home: () => this.go(this.at[0], 0, event.shiftKey),
        End: () => this.go(this.at[0], this.heads.length - 1, event.shiftKey),
        PageDown: () => this.go(this.at[0] + 10, this.at[1], event.shiftKey),
        PageUp: () => this.go(this.at[0] - 10, this.at[1], event.shiftKey),
        F2: () => this.edit(),
        " ": () => this.page.open(this.cell),
        "=": () => this.confirm(),
        Delete: () => this.clear(),
        Backspace: () => this.clear(),
        Escape: () => this.go(...this.at),
      };
      if (event.key === "Tab" && (this.leaving || this.isLast(back))) {
        return true;  // out of the table
      }
      if (step) {
        this.go(this.at[0] + step[0], this.at[1] + step[1], event.shiftKey);
      } else if (keys[event.key]) {
        keys[event.key]();
      } else if (event.key === "Process" || event.key === "Unidentified") {
        this.edit("");  // an input method begins: it goes on in the field
        return true;
      } else if (event.key.length === 1) {
        this.edit(event.key);
      } else {
        return true;
      }
      event.preventDefault();
      return true;
    }

    isLast(back) {
      const edge = back > 0 ? [this.rows.length - 1, this.heads.length - 1] : [0, 0];
      return this.at[0] === edge[0] && this.at[1] === edge[1];
    }

    // One cell is confirmed whatever it holds; of several, those that hold nothing yet.
    confirm() {
      const cells = this.chosen;
      this.page.confirm(cells);
      if (cells.length <= 1) {
        this.step(1, 0);
      }
    }

    edit(text = null) {
      const cell = this.cell;
      if (!cell.id || this.input) {
        return;
      }
      if (!ledgerGrid.isOpen(cell)) {
        this.page.say("frozen");
        return;
      }
      if (cell.classList.contains("words")) {
        this.page.open(cell, text || "");
        return;
      }
      this.fresh = text !== null;
      this.input = document.createElement("input");
      this.input.type = "text";
      this.input.autocomplete = "off";
      this.input.setAttribute("aria-label", this.page.name(cell, this));
      this.input.inputMode = this.heads[this.at[1]].dataset.measure === "number" ? "decimal" : "text";
      this.input.value = text === null ? this.page.textOf(cell) : text;
      cell.append(this.input);
      this.input.focus();
      this.input.addEventListener("blur", () => this.commit());
    }

    commit() {
      if (this.input) {
        const text = this.input.value.trim();
        const cell = this.cell;
        this.close();
        if (text !== this.page.textOf(cell)) {
          this.page.typed(cell, text);
        }
      }
    }

    close() {
      const input = this.input;
      this.input = null;  // first: taking the field away blurs it
      if (input) {
        input.remove();
      }
    }

    clear() {
      for (const cell of this.chosen.filter(ledgerGrid.isOpen)) {
        if (this.page.textOf(cell)) {
          this.page.typed(cell, "");
        }
      }
    }

    copied() {
      const lines = this.block.map((row) => row.map((cell) => this.page.textOf(cell)).join("\t"));
      return lines.join("\n");
    }

    // A block from the focused cell to the right and down; one value fills all that is chosen.
    paste(block) {
      const single = block.length === 1 && block[0].length === 1;
      const [row, column] = [
        Math.min(this.at[0], this.from[0]), Math.min(this.at[1], this.from[1]),
      ];
      const pairs = single
        ? this.chosen.map((cell) => [cell, block[0][0]])
        : block.flatMap((line, down) => line.map((text, right) => [
          (this.rows[row + down] || [])[column + right], text.trim(),
        ]));
      const here = pairs.filter(([cell]) => cell && cell.id);
      const open = here.filter(([cell]) => ledgerGrid.isOpen(cell));
      for (const [cell, text] of open.filter(([cell, text]) => text !== this.page.textOf(cell))) {
        this.page.typed(cell, text);
      }
      const cut = pairs.filter(([cell, text]) => text && !(cell && cell.id));
      return [open.length, here.length - open.length, cut.length];
    }

    // The totals as they stand on the screen, but for what was refused; in hundredths so that sums are exact.
    count(column) {
      const sum = this.sums[column];
      if (!sum) {
        return;
      }
      const cells = this.rows.map((row) => row[column]).filter((cell) => cell.id);
      const texts = cells.map((cell) => cell.dataset.stored ?? this.page.textOf(cell))
        .filter((text) => text);
      sum.querySelector("small").textContent = `${texts.length}/${cells.length}`;
      if (this.heads[column].dataset.measure === "number") {
        const hundredths = texts.map((text) => Math.round(Number(text.normalize("NFKC")) * 100));
        const total = hundredths.reduce((all, one) => all + (one || 0), 0) / 100;
        sum.querySelector("b").textContent = String(total);
      }
    }
  };

  ledgerGrid.isOpen = (cell) => Boolean(cell.id) && !cell.classList.contains("shut");

  // What Excel puts on the clipboard: tabs and line ends, quotes around cells that hold either.
  ledgerGrid.blockOf = (text) => {
    const rows = [[]];
    const cell = /(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/gy;
    const end = text.replace(/(\r\n|\r|\n)$/, "");
    for (let found = cell.exec(end); found; found = cell.exec(end)) {
      const quoted = found[1] !== undefined;
      rows[rows.length - 1].push(quoted ? found[1].replaceAll('""', '"') : found[2]);
      if (!found[3]) {
        break;
      }
      if (found[3] !== "\t") {
        rows.push([]);
      }
    }
    return rows;
  };
})();
