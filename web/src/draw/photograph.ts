// A panel as a picture: its texts, bars, canvases and drawings are painted where they stand on the page.
import { standalone } from "./save";

/** Twice the size on the screen, for print and for sharp displays. */
const SCALE = 2;

export async function photograph(panel: HTMLElement): Promise<HTMLCanvasElement> {
  const box = panel.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(box.width * SCALE);
  canvas.height = Math.round(box.height * SCALE);
  const paper = canvas.getContext("2d");
  if (!paper) return canvas;
  paper.scale(SCALE, SCALE);
  paper.translate(-box.left, -box.top);
  paper.imageSmoothingEnabled = false;
  paper.fillStyle = getComputedStyle(panel).backgroundColor;
  paper.fillRect(box.left, box.top, box.width, box.height);
  await paint(panel, paper);
  return canvas;
}

async function paint(element: Element, paper: CanvasRenderingContext2D): Promise<void> {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  if (style.display === "none" || style.visibility === "hidden" || box.width <= 1 || element.matches(".menu, header button, header select, header input, header label")) return;
  paper.globalAlpha = Number(style.opacity);
  if (style.backgroundImage.startsWith("linear-gradient") && element.matches(".ramp")) {
    const root = getComputedStyle(document.documentElement);
    const ramp = paper.createLinearGradient(box.left, 0, box.right, 0);
    ["--negative", "--zero", "--positive"].forEach((name, i) => ramp.addColorStop(i / 2, root.getPropertyValue(name).trim()));
    paper.fillStyle = ramp;
    paper.fillRect(box.left, box.top, box.width, box.height);
  } else if (style.backgroundColor !== "rgba(0, 0, 0, 0)") {
    paper.fillStyle = style.backgroundColor;
    paper.fillRect(box.left, box.top, box.width, box.height);
  }
  if (element instanceof HTMLCanvasElement) {
    paper.drawImage(element, box.left, box.top, box.width, box.height);
    return;
  }
  if (element instanceof SVGSVGElement) {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([standalone(element)], { type: "image/svg+xml" }));
    await image.decode();
    paper.drawImage(image, box.left, box.top, box.width, box.height);
    URL.revokeObjectURL(image.src);
    return;
  }
  paper.save();
  if (style.overflow !== "visible") {
    paper.beginPath();
    paper.rect(box.left, box.top, box.width, box.height);
    paper.clip();
  }
  for (const child of element.childNodes) {
    if (child instanceof Text) write(child, style, paper);
    else if (child instanceof Element) await paint(child, paper);
  }
  paper.restore();
  paper.globalAlpha = 1;
}

/** Word by word, so that broken lines stay where they broke. */
function write(text: Text, style: CSSStyleDeclaration, paper: CanvasRenderingContext2D): void {
  paper.fillStyle = style.color;
  paper.textBaseline = "middle";
  const range = document.createRange();
  for (const word of text.data.matchAll(/\S+/g)) {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const box = range.getBoundingClientRect();
    // What is shown zoomed is written zoomed.
    let size = parseFloat(style.fontSize);
    const font = () => { paper.font = `${style.fontWeight} ${size}px ${style.fontFamily}`; };
    font();
    const zoom = box.width / Math.max(paper.measureText(word[0]).width, 1);
    if (Math.abs(zoom - 1) > 0.06) {
      size *= zoom;
      font();
    }
    paper.fillText(word[0], box.left, box.top + box.height / 2);
  }
}
