// Every chart can be kept: as a picture, and as the numbers it was drawn from.

export type Cell = string | number | null;

/** What a chart gives away of itself. */
export interface Kept {
  /** File name without its ending. */
  name: string;
  /** Numbers, a heading first. */
  table: () => Cell[][];
  /** The drawn element: an svg, or a canvas. */
  picture?: () => SVGSVGElement | HTMLCanvasElement | null;
}

export function csv(rows: Cell[][]): string {
  const cell = (value: Cell): string => {
    const text = value === null ? "" : String(value);
    // A text that a spreadsheet would take for a formula is kept a text.
    const safe = typeof value === "string" && /^[=+\-@]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

export function download(name: string, body: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(body);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** An svg that stands alone: computed colours and fonts are written into it. */
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  const kept = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight", "text-anchor"];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of kept) to[i]?.setAttribute(name, style.getPropertyValue(name));
  });
  const box = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  copy.prepend(paper);
  return new XMLSerializer().serializeToString(copy);
}

function onPaper(source: CanvasImageSource, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context) {
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(source, 0, 0, width, height);
  }
  return canvas;
}

export function saveCsv(kept: Kept): void {
  download(`${kept.name}.csv`, new Blob([csv(kept.table())], { type: "text/csv" }));
}

export function saveSvg(kept: Kept): void {
  const picture = kept.picture?.();
  if (picture instanceof SVGSVGElement) download(`${kept.name}.svg`, new Blob([standalone(picture)], { type: "image/svg+xml" }));
}

export async function savePng(kept: Kept): Promise<void> {
  const picture = kept.picture?.();
  if (!picture) return;
  let canvas: HTMLCanvasElement;
  if (picture instanceof SVGSVGElement) {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([standalone(picture)], { type: "image/svg+xml" }));
    await image.decode();
    const box = picture.getBoundingClientRect();
    canvas = onPaper(image, Math.round(box.width * 2), Math.round(box.height * 2));
    URL.revokeObjectURL(image.src);
  } else {
    // A heatmap of a few cells is enlarged by whole steps, so that the cells stay cells.
    const by = Math.max(1, Math.floor(800 / Math.max(picture.width, 1)));
    canvas = onPaper(picture, picture.width * by, picture.height * by);
  }
  const body = await new Promise<Blob | null>((done) => canvas.toBlob(done));
  if (body) download(`${kept.name}.png`, body);
}
