import { defineConfig } from "vite";
import type { ProxyOptions } from "vite";

// In development the page is served by Vite and asks a running `gradus serve` for everything else.
const server = process.env.GRADUS_SERVER ?? "http://127.0.0.1:7878";

// The server answers only to its own Host and Origin: the proxy speaks in its name.
const proxy: Record<string, ProxyOptions> = {
  "/api": { target: server, changeOrigin: true, configure: (proxy) => proxy.on("proxyReq", (request) => request.removeHeader("origin")) },
};

export default defineConfig({
  // Preact needs no plugin: the automatic JSX runtime is all there is to it.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    // The server's package holds the page.
    outDir: "../crates/serve/page/dist",
    emptyOutDir: true,
    target: "es2022",
    // The server's content-security policy allows files of its own, and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
  },
  worker: { format: "es" },
  server: { proxy },
  preview: { proxy },
});
