// What is not sent yet, kept in this browser by account and quarter until the server has it.
(() => {
  "use strict";

  const ledgerGrid = window.ledgerGrid = window.ledgerGrid || {};

  // Without crypto.randomUUID, which browsers keep from pages that came without TLS.
  ledgerGrid.newKey = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  ledgerGrid.Store = class {
    // Each tab writes a note of its own, so that two tabs do not overwrite each other.
    constructor(user, period) {
      this.prefix = `ledger-unsent:${user}:${period}:`;
      this.name = this.prefix + ledgerGrid.newKey();
      this.works = true;
    }

    // The notes of this and earlier pages; whatever both sent has one effect on the server.
    adopt() {
      const notes = [];
      try {
        const names = Object.keys(localStorage).filter((name) => name.startsWith(this.prefix));
        for (const name of names.sort()) {
          try {
            notes.push(JSON.parse(localStorage.getItem(name)));
          } catch {
            // Half a note is no note.
          }
          localStorage.removeItem(name);
        }
      } catch {
        this.works = false;
      }
      return notes.filter((note) => note && Array.isArray(note.items));
    }

    keep(note) {
      try {
        if (note.items.length || note.flight) {
          localStorage.setItem(this.name, JSON.stringify(note));
        } else {
          localStorage.removeItem(this.name);
        }
        this.works = true;
      } catch {
        this.works = false;
      }
    }
  };
})();
