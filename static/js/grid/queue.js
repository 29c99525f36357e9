// One request at a time carries all that was typed since the last; nothing is dropped before
// the server has answered for it.
(() => {
  "use strict";

  const ledgerGrid = window.ledgerGrid = window.ledgerGrid || {};
  const PATIENCE = 20000;
  const FIRST_PAUSE = 1000;
  const LONGEST_PAUSE = 30000;
  const MOST = 1000;
  const TRIES = 3;

  ledgerGrid.Queue = class {
    // `on` takes: state(entry, name), answer(answer, item), trouble(name or ""), count(number).
    constructor({ address, token, user, period, on }) {
      Object.assign(this, { address, token, on });
      this.store = new ledgerGrid.Store(user, period);
      this.waiting = [];  // not sent
      this.flight = null;  // sent, not answered: {body, items}
      this.parts = [];  // of a flight that was not carried out as a whole
      this.held = new Map();  // answered by a conflict or a refusal, typed text kept
      this.pause = 0;
      this.timer = 0;
      this.stopped = "";
      window.addEventListener("online", () => this.retry());
      window.addEventListener("beforeunload", (event) => {
        if (this.unsent && !this.store.works) {
          event.preventDefault();
        }
      });
    }

    // All that is not in the server's hands, as it will go there.
    get pending() {
      return [...(this.flight ? this.flight.items : []), ...this.parts.flat(), ...this.waiting];
    }

    get unsent() {
      return this.pending.length;
    }

    // What an earlier page did not get through is sent now, under the same key.
    resume() {
      for (const note of this.store.adopt()) {
        if (note.flight && !this.flight) {
          this.flight = note.flight;
        } else if (note.flight) {
          this.waiting.push(...note.flight.items);
        }
        this.waiting.push(...note.items);
      }
      this.pending.forEach((item) => this.on.resumed(item));
      this.keep();
      if (this.flight) {
        this.send();
      } else {
        this.soon();
      }
    }

    put(entry, version, what, content = {}) {
      const mine = this.waiting.filter((item) => item.entry === entry);
      const last = mine[mine.length - 1];
      const held = this.held.get(entry);
      if (held && what === "submit") {
        return;  // what is typed there is not stored: the old answer must not go in its place
      }
      this.held.delete(entry);
      if (held && what === "save") {
        content = { ...held.content, ...content };
      } else if (held && what === "confirm") {
        const { value, nothing, ...rest } = held.content;
        if (Object.keys(rest).length) {
          this.waiting.push({ ...held, content: rest });
        }
      }
      if (what === "save" && last && last.do === "save") {
        Object.assign(last.content, content);
      } else {
        if (what === "confirm") {
          this.forget(mine);
        }
        this.waiting.push({ entry, version, do: what, content });
      }
      if (held && what === "take_back") {
        this.waiting.push(held);  // open again, the line may take it
      }
      this.on.state(entry, this.stopped || this.pause ? "waiting" : "saving");
      this.keep();
      this.soon();
    }

    // A confirmation puts the last value in place of one typed and not sent yet.
    forget(items) {
      for (const item of items) {
        delete item.content.value;
        if (item.do === "confirm" || (item.do === "save" && !Object.keys(item.content).length)) {
          this.waiting.splice(this.waiting.indexOf(item), 1);
        }
      }
    }

    // What was typed into a line and is not in the server's hands.
    typedInto(entry) {
      const items = [this.held.get(entry), ...this.pending];
      const mine = items.filter((item) => item && item.entry === entry && item.do === "save");
      return Object.assign({}, ...mine.map((item) => item.content));
    }

    drop(entry) {
      this.held.delete(entry);
      this.keep();
    }

    keep() {
      const items = [...this.parts.flat(), ...this.held.values(), ...this.waiting];
      this.store.keep({ flight: this.flight, items });
      this.on.count(this.unsent);
      if (!this.store.works && this.unsent) {
        this.on.trouble("no_storage");
      }
    }

    // At the end of this turn, so that a pasted block is one request.
    soon() {
      if (!this.flight && !this.timer && !this.stopped && this.unsent) {
        this.timer = window.setTimeout(() => this.start(), 0);
      }
    }

    retry() {
      window.clearTimeout(this.timer);
      this.timer = 0;
      this.pause = 0;
      if (this.flight) {
        this.send();
      } else {
        this.soon();
      }
    }

    // Of each line its first item: what follows builds on the version that this one makes.
    start() {
      this.timer = 0;
      const isPart = this.parts.length > 0;
      const lines = new Set();
      const items = isPart ? this.parts.shift() : this.waiting.filter((item) => {
        const first = !lines.has(item.entry) && lines.size < MOST;
        lines.add(item.entry);
        return first;
      });
      if (!items.length) {
        return;
      }
      this.waiting = this.waiting.filter((item) => !items.includes(item));
      const body = JSON.stringify({ key: ledgerGrid.newKey(), cells: items });
      this.flight = { items, body, isPart, failures: 0 };
      this.keep();
      this.send();
    }

    // Something in this flight the server cannot carry out. It is looked for by halves, so that
    // all else goes through; alone, it is put aside with what was typed.
    cut() {
      const items = this.flight.items;
      if (items.length === 1) {
        this.answered([{ entry: items[0].entry, outcome: "refused", word: "not_carried_out" }]);
        return;
      }
      const half = Math.ceil(items.length / 2);
      this.parts.unshift(items.slice(0, half), items.slice(half));
      this.flight = null;
      this.keep();
      this.soon();
    }

    // Whether the server failed at this flight often enough to be the flight's fault.
    failedOften() {
      const { items, isPart } = this.flight;
      this.flight.failures = (this.flight.failures || 0) + 1;
      return this.flight.failures >= (isPart && items.length > 1 ? 1 : TRIES);
    }

    async send() {
      if (this.sending) {
        return;
      }
      this.sending = true;
      const giveUp = new AbortController();
      const clock = window.setTimeout(() => giveUp.abort(), PATIENCE);
      let response = null;
      let told = null;
      try {
        response = await fetch(this.address, {
          method: "POST",
          body: this.flight.body,
          headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
          credentials: "same-origin",
          redirect: "manual",
          signal: giveUp.signal,
        });
        told = response.ok ? await response.json() : null;
      } catch {
        response = told ? response : null;
      }
      window.clearTimeout(clock);
      this.sending = false;
      this.hear(response, told);
    }

    hear(response, told) {
      if (!response) {
        this.later("offline");
      } else if (told) {
        this.answered(told.cells);
      } else if (response.type === "opaqueredirect" || response.status === 401) {
        this.stop("signed_out");
      } else if (response.status === 409) {
        // The key is another request's: the same again under a key of its own.
        this.waiting.unshift(...this.flight.items);
        this.flight = null;
        this.later("server");
      } else if (response.status === 400 || response.status === 413) {
        this.cut();
      } else if (response.status === 500 && this.failedOften()) {
        this.cut();
      } else if (response.status >= 500 || response.status === 429) {
        this.later("server");
      } else {
        this.stop("forbidden");
      }
    }

    later(why) {
      this.pause = Math.min(this.pause ? this.pause * 2 : FIRST_PAUSE, LONGEST_PAUSE);
      this.mark("waiting");
      this.on.trouble(why);
      this.keep();
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        if (this.flight) {
          this.send();
        } else {
          this.start();
        }
      }, this.pause);
    }

    // Only a person can go on from here: by signing in, or by loading the page again.
    stop(why) {
      this.stopped = why;
      this.mark("waiting");
      this.on.trouble(why);
      this.keep();
    }

    mark(state) {
      this.pending.forEach((item) => this.on.state(item.entry, state));
    }

    answered(answers) {
      const items = this.flight.items;
      this.flight = null;
      this.pause = 0;
      this.on.trouble("");
      const answerOf = new Map(answers.map((answer) => [answer.entry, answer]));
      for (const item of items) {
        const answer = answerOf.get(item.entry);
        const next = this.waiting.filter((later) => later.entry === item.entry);
        const taken = answer.outcome === "done" || answer.outcome === "unchanged";
        for (const later of taken ? next : []) {
          later.version = answer.version;
        }
        if (!taken) {
          // What was not taken is not handed in either.
          this.waiting = this.waiting.filter((later) => !next.includes(later) || later.do === "save");
          const later = next.find((one) => one.do === "save");
          if (item.do === "save" && later) {
            later.content = { ...item.content, ...later.content };
          } else if (item.do === "save" && answer.outcome !== "missing") {
            this.held.set(item.entry, item);
          }
        }
        this.on.answer(answer, item, next.length > 0);
      }
      this.mark("saving");
      this.keep();
      this.soon();
    }
  };
})();
