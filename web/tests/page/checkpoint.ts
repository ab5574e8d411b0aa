// Reads a number straight from a checkpoint on disk, past all of the program.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : path.endsWith(".safetensors") ? [path] : [];
  });
}

/** The f32 at row and column of the tensor whose name ends with `name`, in the checkpoint of `run` at `step`. */
export function fromCheckpoint(home: string, run: string, step: number, name: string, row: number, column: number): number {
  const found = files(home).filter((path) => path.includes(`/${run}/`) && Number(/(\d+)\.safetensors$/.exec(path)?.[1]) === step);
  const path = found[0];
  if (!path) throw new Error(`no checkpoint of ${run} at step ${step} in ${home}: ${files(home).join(", ")}`);
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const head = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  const entry = Object.entries(head).find(([key]) => key === name || key === `parameters/${name}` || key === `model/${name}`)?.[1];
  if (!entry) throw new Error(`no ${name} among ${Object.keys(head).join(", ")}`);
  if (entry.dtype !== "F32") throw new Error(`${name} is ${entry.dtype}`);
  return bytes.readFloatLE(8 + length + entry.data_offsets[0] + 4 * (row * (entry.shape[1] ?? 1) + column));
}
