/** Runs one step and says so: its name at once if it lasts, every five seconds after that, and what came of it. */
export async function step<T>(
  name: string,
  run: (report: (fraction: number) => void) => Promise<T>,
  outcome: (result: T) => string,
): Promise<T> {
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  let percent = "";
  const timers = [1000, 5000].map((delay) =>
    setInterval(() => {
      if (delay === 1000) clearInterval(timers[0]);
      console.log(`${name} ... ${percent}${seconds()} s`);
    }, delay),
  );
  try {
    const result = await run((fraction) => {
      percent = `${Math.round(100 * fraction)} % `;
    });
    console.log(`${name} ${outcome(result)}, ${seconds()} s`);
    return result;
  } finally {
    timers.forEach(clearInterval);
  }
}
