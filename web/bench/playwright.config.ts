import page from "../playwright.config";

/** The page's speed: `npm run measure`. Not a test: it prints what it measures, and fails at nothing. */
export default { ...page, testDir: ".", testMatch: "measure.ts" };
