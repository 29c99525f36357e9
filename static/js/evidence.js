// Files of an entry go up one after another, with progress; without this, all in one request.
(() => {
  "use strict";

  const send = (form, file, number, version, show) =>
    new Promise((resolve) => {
      const data = new FormData(form);
      data.set("file", file);
      data.set("version", version);
      data.set("key", `${data.get("key")}-${number}`);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => show(event.loaded / event.total));
      request.addEventListener("loadend", () => {
        try {
          resolve(JSON.parse(request.responseText));
        } catch {
          // No answer of the page itself: a body that is too large, or a line that was lost.
          const why = request.status === 413 ? request.responseText : form.dataset.lost;
          resolve({ kept: [], refused: [`${file.name}: ${why}`], version });
        }
      });
      request.send(data);
    });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!("upload" in form.dataset) || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    const files = [...form.querySelector("input[type=file]").files];
    const bar = form.querySelector("progress");
    const list = form.querySelector("[data-refused]");
    const refused = [];
    let version = form.querySelector("[name=version]").value;
    let kept = 0;
    bar.hidden = false;
    for (const [number, file] of files.entries()) {
      const show = (share) => {
        bar.value = ((number + share) * 100) / files.length;
      };
      const told = await send(form, file, number, version, show);
      version = String(told.version);
      kept += told.kept.length;
      refused.push(...told.refused);
    }
    if (!refused.length) {
      window.location.reload();
      return;
    }
    // What was refused stays to be read; what was kept is shown when the page is loaded anew.
    list.replaceChildren(...refused.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    list.hidden = false;
    bar.hidden = true;
    form.querySelector("[name=version]").value = version;
    form.querySelector("[name=key]").value += `-${Date.now() % 1000000}`;
    form.querySelector("input[type=file]").value = "";
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) {
      button.removeAttribute("aria-disabled");
    }
    if (kept) {
      form.insertAdjacentElement("beforebegin", Object.assign(document.createElement("a"), {
        className: "button", href: window.location.href, textContent: form.dataset.upload,
      }));
    }
  });
})();
