// Prints the run's result as one plain line, for scripts that read the output.
const count = (modules) => {
  const totals = { passed: 0, failed: 0, skipped: 0, pending: 0 };
  for (const module of modules) for (const test of module.children.allTests()) totals[test.result().state] += 1;
  return totals;
};

/** A vitest reporter whose last words are `N passed, N failed`. */
export default class PlainLine {
  onTestRunEnd(modules, unhandledErrors) {
    const { passed, failed, skipped, pending } = count(modules);
    // A file that could not be loaded and an error outside of any test have no test to count.
    const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length;
    const lost = failed + pending + broken + unhandledErrors.length;
    this.line = `${passed} passed, ${lost} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.on('exit', () => console.log(this.line));
  }
}
