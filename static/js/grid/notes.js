// What did not go as it should, each with the way on: conflicts, refusals, a lost connection.
(() => {
  "use strict";

  const ledgerGrid = window.ledgerGrid = window.ledgerGrid || {};

  ledgerGrid.filled = (text, given = "") => text.replace(/%[sn]/, () => String(given));

  const button = (text, press) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button";
    made.textContent = text;
    made.addEventListener("click", press);
    return made;
  };

  ledgerGrid.Notes = class {
    // `page` takes: label, cellOf, show, put, say, open, drop, state, listOf, settled, goTo.
    constructor(root, words, page) {
      Object.assign(this, { root, words, page });
      this.bar = root.querySelector("[data-trouble]");
    }

    remove(entry) {
      const list = this.page.listOf(entry);
      for (const line of list ? list.querySelectorAll(`[data-about="${entry}"]`) : []) {
        line.remove();
      }
      if (list) {
        list.hidden = !list.children.length;
      }
    }

    add(entry, label, text, buttons, kind = "") {
      this.remove(entry);
      const line = document.createElement("li");
      line.dataset.about = entry;
      line.className = kind;
      const name = document.createElement("b");
      name.textContent = label;
      const said = document.createElement("span");
      said.textContent = text;
      line.append(...(label ? [name] : []), said, ...buttons);
      const list = this.page.listOf(entry);
      list.append(line);
      list.hidden = false;
      this.page.say("refusal", label ? `${label}: ${text}` : text);
    }

    refusal(cell, answer, item) {
      const entry = answer.entry;
      const text = (answer.messages || [this.words[answer.word || "missing"]]).join(" ");
      if (item.do !== "save" && !answer.word) {
        this.page.show(cell, answer.shown || "");
      }
      const buttons = [];
      if (answer.outcome === "conflict" && item.do === "save") {
        buttons.push(
          button(ledgerGrid.filled(this.words.mine, this.mine(cell, item)), () => {
            this.seen(cell, answer);
            this.page.put("save", cell, item.content);
            cell.focus();
          }),
          button(ledgerGrid.filled(this.words.theirs, this.theirs(answer, item)), () => {
            this.settle(cell, answer);
          }),
        );
      } else if (answer.outcome !== "missing") {
        const asksWords = (answer.parts || []).includes("explanation");
        buttons.push(asksWords
          ? button(this.words.explain, () => this.page.open(entry))
          : this.page.goTo && button(this.words.go, () => cell.focus()));
        if (item.do === "save") {
          buttons.push(button(this.words.drop, () => this.settle(cell, answer)));
        }
      }
      this.add(entry, this.page.label(cell), text, buttons.filter(Boolean), answer.outcome);
    }

    // What each side holds, of the part that was typed.
    mine(cell, item) {
      const texts = Object.values(item.content).filter((text) => text);
      return texts.join(" ").slice(0, 40) || this.words.empty;
    }

    theirs(answer, item) {
      const names = Object.keys(item.content).filter((name) => name !== "value");
      const texts = names.map((name) => (answer.content || {})[name]).filter((text) => text);
      return (item.content.value === undefined ? texts.join(" ") : answer.shown).slice(0, 40)
        || this.words.empty;
    }

    // What is stored stays, what was typed goes.
    settle(cell, answer) {
      this.page.drop(answer.entry);
      this.remove(answer.entry);
      if (answer.word) {
        window.location.reload();  // the server has not told what is stored
        return;
      }
      this.seen(cell, answer);
      this.page.show(cell, answer.shown);
      this.page.settled(cell, answer);
      this.page.state(answer.entry, "");
      cell.focus();
    }

    // From here on the author has seen what is stored.
    seen(cell, answer) {
      const name = cell.dataset.v === undefined ? "version" : "v";
      cell.dataset[name] = answer.version;
    }

    asks(answer) {
      const cell = this.page.cellOf(answer.entry);
      const text = `${this.words.asks} ${answer.asks.join(" ")}`;
      const explain = button(this.words.explain, () => this.page.open(answer.entry));
      this.add(answer.entry, this.page.label(cell), text, [explain]);
    }

    trouble(name) {
      this.bar.hidden = !name;
      if (!name || this.bar.dataset.name === name) {
        this.bar.dataset.name = name;
        return;
      }
      this.bar.dataset.name = name;
      this.bar.replaceChildren(`${this.words[name]} `);
      if (name === "signed_out") {
        const link = document.createElement("a");
        const next = encodeURIComponent(window.location.pathname);
        link.href = `${this.root.dataset.signIn}?next=${next}`;
        link.textContent = this.words.sign_in;
        this.bar.append(link);
      } else if (name === "forbidden") {
        this.bar.append(button(this.words.reload, () => window.location.reload()));
      }
      this.page.say(name);
    }
  };
})();
