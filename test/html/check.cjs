// Looks at the HTML report in a real browser:
//
//   node test/html/check.cjs PLUGIN [--shots DIR]
//
// PLUGIN makes the reports of the clusters below. Each is opened from a file, light and
// dark, wide and narrow, and must ask for nothing, log nothing, fit the screen, pass every
// rule of axe, and print what is folded. --shots keeps what it looked like.
//
// It needs node and Chromium, which it looks for on the PATH and in $CHROMIUM; without
// Chromium it says so and is content. The packages in package-lock.json are installed
// once into the cache that docs/development.md speaks of.
'use strict'
const { execFileSync, spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const { createRequire } = require('node:module')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const root = path.resolve(__dirname, '../..')
const ways = 'diagnose/report/testdata/ways/'
// The clusters; the first line of a file is its question.
const pages = [
  { name: 'denied', cluster: 'examples/no-sidecar', question: ['sleep.foo', 'http://httpbin.default:8000/get', '--method', 'GET'] },
  { name: 'allowed', cluster: ways + '01-sidecar-to-sidecar.yaml' },
  { name: 'gateway', cluster: ways + '06-ingress-gateway.yaml' },
  { name: 'several', cluster: ways + '08-weighted-subsets.yaml' },
  { name: 'conditional', cluster: 'cmd/testdata/mesh.yaml', question: ['frontend.default', 'http://httpbin.default:8000/get'] },
  { name: 'undetermined', cluster: 'examples/scenarios/s41-envoyfilter-token', question: ['sleep.shop', 'http://web.shop:8000/'] },
  { name: 'network', cluster: 'examples/scenarios/s55-netpol-15008', question: ['sleep.shop', 'http://web.shop:8000/'] },
  { name: 'hostile', cluster: 'test/html/testdata/hostile.yaml' },
]
const widths = [400, 1280]
const themes = ['light', 'dark']

function chromium () {
  const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].filter(Boolean)
  for (const name of names) {
    const found = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).stdout.trim()
    if (found) return found
  }
}

// install returns what loads the packages of package-lock.json.
function install () {
  const lock = fs.readFileSync(path.join(__dirname, 'package-lock.json'))
  const cache = process.env.AUTHZ_DOCTOR_CACHE || path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'authz-doctor')
  const dir = path.join(cache, 'html', createHash('sha256').update(lock).digest('hex').slice(0, 16))
  if (!fs.existsSync(path.join(dir, 'installed'))) {
    fs.mkdirSync(dir, { recursive: true })
    for (const file of ['package.json', 'package-lock.json']) fs.copyFileSync(path.join(__dirname, file), path.join(dir, file))
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: dir, stdio: 'inherit' })
    fs.writeFileSync(path.join(dir, 'installed'), '')
  }
  return createRequire(path.join(dir, 'package.json'))
}

// report makes the page of a cluster and returns its file.
function report (plugin, dir, page) {
  let question = page.question
  if (!question) question = fs.readFileSync(path.join(root, page.cluster), 'utf8').split('\n')[0].replace(/^# /, '').split(' ')
  const made = spawnSync(plugin, ['-f', page.cluster, ...question, '-o', 'html'], { cwd: root, encoding: 'utf8' })
  if (made.error || made.status === 2) throw new Error(`${page.name}: ${made.error || made.stderr}`)
  const file = path.join(dir, page.name + '.html')
  fs.writeFileSync(file, made.stdout)
  return file
}

// look opens a file in one theme and width, and returns what is wrong with it.
async function look (browser, axe, file, theme, width, shot) {
  const tab = await browser.newPage()
  const wrong = []
  const url = pathToFileURL(file).href
  tab.on('request', r => { if (r.url() !== url) wrong.push('asks for ' + r.url()) })
  tab.on('console', m => wrong.push('logs ' + m.text()))
  tab.on('pageerror', e => wrong.push('fails: ' + e))
  tab.on('dialog', d => { wrong.push('runs a script'); d.dismiss() })
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }])
  await tab.setViewport({ width, height: 900 })
  await tab.goto(url)
  if (shot) await tab.screenshot({ path: shot + '.png', fullPage: true })
  await tab.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true })
  const far = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (far > 0) wrong.push(`is ${far} pixels wider than the screen`)
  await tab.evaluate(axe)
  for (const v of (await tab.evaluate(() => window.axe.run(document))).violations) {
    for (const n of v.nodes) wrong.push(`${v.id}: ${v.help}: ${n.html.slice(0, 200)} ${n.failureSummary || ''}`.replace(/\s+/g, ' '))
  }
  await tab.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = false })
  await tab.emulateMediaType('print')
  const folded = await tab.evaluate(() => [...document.querySelectorAll('.inside')].filter(e => e.getBoundingClientRect().height < 5).length)
  if (folded > 0) wrong.push(`${folded} folded parts do not print`)
  if (shot && width > 1000 && theme === 'light') await tab.pdf({ path: shot + '.pdf', format: 'A4', margin: { top: '15mm', bottom: '15mm', left: '15mm', right: '15mm' } })
  await tab.close()
  return wrong
}

async function main (args) {
  const at = args.indexOf('--shots')
  const shots = at >= 0 ? path.resolve(args.splice(at, 2)[1]) : ''
  if (args.length !== 1) throw new Error('usage: node test/html/check.cjs PLUGIN [--shots DIR]')
  const executablePath = chromium()
  if (!executablePath) {
    console.log('html-check: SKIPPED: there is no Chromium; install it, or say where it is in $CHROMIUM')
    return
  }
  const load = install()
  const puppeteer = load('puppeteer-core')
  const axe = load('axe-core').source
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'html-check-'))
  if (shots) fs.mkdirSync(shots, { recursive: true })
  const browser = await puppeteer.launch({ executablePath, args: process.getuid() === 0 ? ['--no-sandbox'] : [] })
  let failed = 0
  try {
    for (const page of pages) {
      const file = report(path.resolve(args[0]), dir, page)
      for (const theme of themes) {
        for (const width of widths) {
          const name = `${page.name} ${theme} ${width}`
          const wrong = await look(browser, axe, file, theme, width, shots && path.join(shots, name.replaceAll(' ', '-')))
          console.log(`${wrong.length ? 'FAILED' : 'ok    '} ${name}`)
          for (const w of new Set(wrong)) console.log('       ' + w)
          failed += wrong.length
        }
      }
    }
  } finally {
    await browser.close()
    fs.rmSync(dir, { recursive: true, force: true })
  }
  if (failed) process.exitCode = 1
}

main(process.argv.slice(2)).catch(err => { console.error('html-check: ' + err.message); process.exitCode = 1 })
