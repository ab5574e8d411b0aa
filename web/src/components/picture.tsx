import { useEffect, useRef } from "preact/hooks";
import { draw, forget } from "../draw/loop";

interface Props {
  /** Row by row. */
  values: ArrayLike<number>;
  height: number;
  width: number;
  /** Empty where a text beside it says the same. */
  label: string;
  /** On the screen, in CSS pixels. */
  size?: number;
  /** What is white; the largest number where nothing is said. */
  white?: number;
}

/** Numbers as greys: 0 is black. */
export function Grey({ values, height, width, label, size = 48, white }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const job = () => {
      const context = canvas.current?.getContext("2d");
      if (!canvas.current || !context || height * width === 0) return;
      canvas.current.width = width;
      canvas.current.height = height;
      const image = context.createImageData(width, height);
      let top = white ?? 0;
      if (white === undefined) for (let i = 0; i < values.length; i += 1) top = Math.max(top, values[i] ?? 0);
      for (let i = 0; i < height * width; i += 1) {
        const grey = Math.round(255 * Math.max(0, Math.min(1, (values[i] ?? 0) / (top || 1))));
        image.data.set([grey, grey, grey, 255], i * 4);
      }
      context.putImageData(image, 0, 0);
    };
    draw(job);
    return () => forget(job);
  }, [values, height, width, white]);
  return <canvas ref={canvas} class="grey" {...(label === "" ? { "aria-hidden": "true" as const } : { role: "img" as const, "aria-label": label })} style={{ width: `${size}px`, height: `${(size * height) / width}px` }} />;
}
