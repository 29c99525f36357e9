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

  const tell = (list, refused) => {
    list.replaceChildren(...refused.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    list.hidden = false;
  };

  // Some were kept and some refused: the list as it now stands, with the refusals below it.
  const renew = async (section, refused, version) => {
    const answer = await fetch(window.location.href).then((got) => got.text()).catch(() => "");
    const fresh = new DOMParser().parseFromString(answer, "text/html").getElementById(section.id);
    if (!fresh) {
      window.location.reload();
      return;
    }
    let list = fresh.querySelector("[data-refused]");
    if (!list) {
      list = document.createElement("ul");
      list.className = "errors";
      list.setAttribute("role", "alert");
      fresh.append(list);
    }
    section.replaceWith(document.adoptNode(fresh));
    tell(list, refused);
    // The other forms of the page are about the line as it stands, too.
    for (const field of document.querySelectorAll('input[name="version"]')) {
      field.value = version;
    }
  };

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
    if (kept) {
      await renew(form.closest("section"), refused, version);
      return;
    }
    tell(list, refused);
    bar.hidden = true;
    form.querySelector("[name=version]").value = version;
    form.querySelector("[name=key]").value += `-${Date.now() % 1000000}`;
    form.querySelector("input[type=file]").value = "";
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) {
      button.removeAttribute("aria-disabled");
    }
  });
})();
