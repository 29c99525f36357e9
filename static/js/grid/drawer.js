// The line of the focused cell in full, opened in place: texts, reasons, what may be done.
(() => {
  "use strict";

  const ledgerGrid = window.ledgerGrid = window.ledgerGrid || {};
  const QUIET = 600;

  ledgerGrid.Drawer = class {
    // `page` takes: save(entry, content), act(what, entry), typed(entry), say(name), left().
    constructor(panel, address, page) {
      Object.assign(this, { panel, address, page });
      this.entry = 0;
      this.clocks = new Map();
      panel.addEventListener("input", (event) => this.later(event.target));
      panel.addEventListener("focusout", (event) => this.now(event.target));
      panel.addEventListener("click", (event) => {
        const button = event.target.closest("button[data-do]");
        if (button) {
          this.press(button.dataset.do);
        }
      });
      panel.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !event.isComposing) {
          event.preventDefault();
          this.close();
        }
      });
    }

    async open(entry, more = "", quiet = false) {
      if (this.entry !== entry) {
        this.flush();
      }
      this.entry = entry;
      // Whoever goes on typing or clicking while the line is fetched keeps the focus.
      let busy = false;
      const went = () => { busy = true; };
      document.addEventListener("keydown", went, true);
      document.addEventListener("pointerdown", went, true);
      let html = "";
      try {
        const options = { credentials: "same-origin", redirect: "manual" };
        const response = await fetch(this.address.replace("/0/", `/${entry}/`), options);
        html = response.ok ? await response.text() : "";
      } catch {
        html = "";
      }
      document.removeEventListener("keydown", went, true);
      document.removeEventListener("pointerdown", went, true);
      if (this.entry !== entry) {
        return;
      }
      if (!html) {
        this.page.say("not_loaded");
        return;
      }
      if (quiet && this.isTyping) {
        this.replaceAround(html);
        return;
      }
      this.panel.innerHTML = html;
      this.panel.hidden = false;
      for (const [name, text] of Object.entries(this.page.typed(entry))) {
        const field = this.panel.querySelector(`textarea[name="${name}"]`);
        if (field) {
          field.value = text;
        }
      }
      if (!quiet && (more || !busy)) {
        this.focus(more);
      }
    }

    get isTyping() {
      const field = document.activeElement;
      return this.clocks.size > 0 || (this.panel.contains(field) && field.tagName === "TEXTAREA");
    }

    // Whoever types keeps the field, its text and the caret; only what stands around it changes.
    replaceAround(html) {
      const made = document.createElement("template");
      made.innerHTML = html;
      const fieldsOf = (of) => Array.from(of.children).find((one) => one.matches(".fields"));
      const [kept, fresh] = [fieldsOf(this.panel), fieldsOf(made.content)];
      for (const child of Array.from(this.panel.children).filter((one) => one !== kept)) {
        child.remove();
      }
      while (made.content.firstChild !== fresh) {
        kept.before(made.content.firstChild);
      }
      fresh.remove();
      this.panel.append(made.content);
    }

    focus(more) {
      const field = this.panel.querySelector("textarea");
      (field || this.panel).focus();
      if (field && more) {
        field.value += more;
        this.later(field);
      }
      if (field) {
        field.setSelectionRange(field.value.length, field.value.length);
      }
    }

    later(field) {
      if (field.tagName === "TEXTAREA") {
        window.clearTimeout(this.clocks.get(field));
        this.clocks.set(field, window.setTimeout(() => this.now(field), QUIET));
      }
    }

    now(field) {
      if (this.clocks.has(field)) {
        window.clearTimeout(this.clocks.get(field));
        this.clocks.delete(field);
        this.page.save(this.entry, { [field.name]: field.value });
      }
    }

    flush() {
      for (const field of [...this.clocks.keys()]) {
        this.now(field);
      }
    }

    press(what) {
      this.flush();
      if (what === "close") {
        this.close();
      } else {
        this.page.act(what, this.entry);
      }
    }

    // After something else than typing the line looks different: what is done, what may be done.
    refresh(entry) {
      if (!this.panel.hidden && this.entry === entry) {
        const isFocused = this.panel.contains(document.activeElement);
        this.open(entry, "", true).then(() => {
          if (isFocused && document.activeElement === document.body && this.entry === entry) {
            this.focus("");
          }
        });
      }
    }

    close() {
      this.flush();
      const entry = this.entry;
      this.entry = 0;
      this.panel.hidden = true;
      this.panel.replaceChildren();
      this.page.left(entry);
    }
  };
})();
