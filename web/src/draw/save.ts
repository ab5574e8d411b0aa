// Every chart can be kept: as a picture, and as the numbers it was drawn from.

export type Cell = string | number | null;

/** What a chart gives away of itself. */
export interface Kept {
  /** File name without its ending. */
  name: string;
  /** Numbers, a heading first. */
  table: () => Cell[][];
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
export function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  const kept = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight", "text-anchor", "paint-order"];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of kept) to[i]?.setAttribute(name, style.getPropertyValue(name));
  });
  const box = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  if (!svg.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${svg.clientWidth} ${svg.clientHeight}`);
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  return new XMLSerializer().serializeToString(copy);
}

export function saveCsv(kept: Kept): void {
  download(`${kept.name}.csv`, new Blob([csv(kept.table())], { type: "text/csv" }));
}

export function saveSvg(name: string, drawing: SVGSVGElement): void {
  download(`${name}.svg`, new Blob([standalone(drawing)], { type: "image/svg+xml" }));
}

export async function savePng(name: string, picture: HTMLCanvasElement): Promise<void> {
  const body = await new Promise<Blob | null>((done) => picture.toBlob(done));
  if (body) download(`${name}.png`, body);
}
