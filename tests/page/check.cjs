// Runs axe on every page of a folder. Fails on a violation, a message on the console, or a request.
const { readFileSync, readdirSync } = require('node:fs');
const { resolve, join } = require('node:path');
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

async function check(browser, file, viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => problems.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:') && !request.url().startsWith('data:')) problems.push(`request: ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) problems.push(`the page is ${overflow} px wider than the window`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const { id, help, nodes } of violations) problems.push(`${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(' ')}`);
  await context.close();
  return problems;
}

(async () => {
  const folder = resolve(process.argv[2]);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], timeout: 60_000 });
  let failed = false;
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.html'))) {
    for (const width of [390, 1200]) {
      for (const scheme of ['light', 'dark']) {
        const problems = await check(browser, join(folder, name), { width, height: 900 }, scheme);
        failed ||= problems.length > 0;
        console.log(`${problems.length ? 'FAIL' : 'ok  '} ${name} ${width} ${scheme}`);
        problems.forEach((problem) => console.log(`     ${problem}`));
      }
    }
  }
  await browser.close();
  process.exit(failed ? 1 : 0);
})();
