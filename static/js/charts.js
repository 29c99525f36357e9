// A chart to take along: as a drawing (SVG) or as a picture (PNG), as it looks on white paper.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const LOOKS = [
    "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
    "stroke-dasharray", "paint-order", "font-family", "font-size", "font-weight",
    "text-anchor",
  ];
  const NARROWEST = 420;
  const HEADING = 30;
  const MARGIN = 12;

  // The colours of the light theme, whatever the screen shows now.
  const lightTokens = () => {
    for (const sheet of document.styleSheets) {
      for (const rule of sheet.cssRules) {
        if (rule.selectorText === ":root" && rule.style.getPropertyValue("--paper")) {
          return rule.style;
        }
      }
    }
    return null;
  };

  // A copy beside the chart, out of sight, in the light theme and wide enough for its words.
  const copyOf = (chart, width) => {
    const copy = chart.cloneNode(true);
    const tokens = lightTokens();
    for (const name of tokens || []) {
      if (name.startsWith("--")) {
        copy.style.setProperty(name, tokens.getPropertyValue(name));
      }
    }
    copy.style.position = "absolute";
    copy.style.visibility = "hidden";
    copy.style.width = `${width}px`;
    chart.parentElement.append(copy);
    return copy;
  };

  const writeLooksInto = (copy) => {
    const looks = [...copy.querySelectorAll("*")].map((element) => {
      const computed = window.getComputedStyle(element);
      return [element, LOOKS.map((name) => [name, computed.getPropertyValue(name)])];
    });
    for (const [element, values] of looks) {
      for (const [name, value] of values) {
        element.setAttribute(name, value);
      }
      element.removeAttribute("class");
    }
  };

  const element = (name, attributes, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, String(value));
    }
    made.textContent = text;
    return made;
  };

  const drawingOf = (box) => {
    const chart = box.querySelector("svg");
    const width = Math.max(NARROWEST, Math.round(chart.getBoundingClientRect().width));
    const height = Number(chart.getAttribute("height"));
    const copy = copyOf(chart, width);
    const font = window.getComputedStyle(copy).fontFamily;
    writeLooksInto(copy);
    copy.remove();
    copy.removeAttribute("style");
    copy.removeAttribute("class");
    const whole = { width: width + 2 * MARGIN, height: height + HEADING + 2 * MARGIN };
    const drawing = element("svg", {
      ...whole, viewBox: `0 0 ${whole.width} ${whole.height}`, "font-family": font,
    });
    drawing.append(
      element("title", {}, box.dataset.chart),
      element("rect", { ...whole, fill: "#fff" }),
      element("text", { x: MARGIN, y: MARGIN + 14, "font-size": 14, "font-weight": 600 }, box.dataset.chart),
    );
    for (const [key, value] of Object.entries({ x: MARGIN, y: MARGIN + HEADING, width, height })) {
      copy.setAttribute(key, String(value));
    }
    drawing.append(copy);
    return { ...whole, xml: new XMLSerializer().serializeToString(drawing) };
  };

  const pictureOf = async (drawing) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing.xml)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = drawing.width * 2;
    canvas.height = drawing.height * 2;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => {
      canvas.toBlob(resolve, "image/png");
    });
  };

  const hand = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name.replace(/[\\/:*?"<>|]/g, "-");
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-save]");
    if (!button) {
      return;
    }
    const box = button.closest("[data-chart]");
    const drawing = drawingOf(box);
    const kind = button.dataset.save;
    const blob = kind === "png"
      ? await pictureOf(drawing)
      : new Blob([drawing.xml], { type: "image/svg+xml" });
    hand(blob, `${box.dataset.chart}.${kind}`);
  });

  for (const buttons of document.querySelectorAll(".chart-saving")) {
    buttons.hidden = false;
  }
})();
