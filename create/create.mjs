#!/usr/bin/env node
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import util from 'node:util'
import { filesOf } from './app.mjs'

/**
 * `npm create groundcrew [folder]`: creates a CDK app with Groundcrew, and changes no existing file. Plain
 * JavaScript without dependencies, which runs on any Node: if that cannot run the app, it says so. Features
 * that old versions lack are therefore not imported by name.
 */

const help = `npm create groundcrew [folder] -- [options]

Makes a CDK app with Groundcrew in it, in a folder that is new or empty (groundcrew-app). The app is TypeScript that
Node runs as it is: from 22.18 on, or 23.6.

  --region R      where it is deployed (AWS_REGION, else eu-central-1)
  --email ADDRESS gets a mail of each alarm (nobody)
  --construct C   its @groundcrew/cdk: a version (this one's), or file: and where a packed one is, as the app sees it
  --yes           asks nothing; so it is where there is no terminal
  --help          this text
`

class Refused extends Error {}

/** Other arguments would not help. */
class NodeTooOld extends Refused {}

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

const options = /** @type {const} */ ({
  region: { type: 'string' },
  email: { type: 'string' },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  construct: { type: 'string', default: `^${version}` },
})

const read = () => {
  try {
    return util.parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new Refused(error instanceof Error ? error.message.split('. To specify')[0] : String(error))
  }
}

/** @type {Record<string, [RegExp, string]>} */
const forms = {
  folder: [/[a-z0-9]/i, 'must name a folder, with a letter or a digit in its name'],
  region: [/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1'],
  email: [/^([^\s@'"\\]+@[^\s@'"\\]+\.[^\s@'"\\]+)?$/, 'must be an address, or empty'],
}

/** @param {string} name @param {string} value */
const faultOf = (name, value) => {
  const [form, message] = forms[name] ?? [/^/, '']
  return form.test(value) ? undefined : `${name}: ${JSON.stringify(value)} ${message}`
}

/** Asks for missing answers, and once more if an answer is invalid. */
const ask = async (
  /** @type {Record<string, string | undefined>} */ given,
  /** @type {Record<string, string>} */ usual,
) => {
  const { createInterface } = await import('node:readline/promises')
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  // Closing the prompt cancels.
  const closed = new Promise((_, reject) =>
    prompt.once('close', () => reject(new Refused('Nothing was made.'))),
  )
  closed.catch(() => {})
  const questions = { folder: 'Folder', region: 'Region', email: 'Who gets a mail of alarms (may be empty)' }
  /** @type {Record<string, string>} */
  const answers = {}
  for (const [name, question] of Object.entries(questions)) {
    let answer = given[name]
    while (answer === undefined) {
      const typed = await Promise.race([
        prompt.question(`${question}${usual[name] ? ` (${usual[name]})` : ''}: `),
        closed,
      ])
      const fault = faultOf(name, String(typed).trim() || (usual[name] ?? ''))
      if (fault) console.error(fault)
      else answer = String(typed).trim() || (usual[name] ?? '')
    }
    answers[name] = answer
  }
  prompt.close()
  return answers
}

const defined = (/** @type {Record<string, string | undefined>} */ given) =>
  /** @type {Record<string, string>} */ (
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  )

/** A valid npm package name: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const nameOf = (/** @type {string} */ folder) =>
  basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')

/**
 * The app is TypeScript, which Node runs from these versions on:
 * https://nodejs.org/api/typescript.html#history
 */
const runsTheApp = (/** @type {string} */ node) => {
  const [major = 0, minor = 0] = node.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

const main = async () => {
  const { node } = process.versions
  if (!runsTheApp(node))
    throw new NodeTooOld(
      `The app needs Node 22.18 or later, 23.6 or later of 23; this is ${node}. Nothing was made.`,
    )
  const { values, positionals } = read()
  if (values.help) return void process.stdout.write(help)
  if (positionals.length > 1) throw new Refused(`There is one folder, not ${positionals.join(' and ')}`)
  const given = { folder: positionals[0], region: values.region, email: values.email }
  const usual = { folder: 'groundcrew-app', region: process.env.AWS_REGION || 'eu-central-1', email: '' }
  // Defaults from the environment are checked only if they are used.
  const faults = Object.entries({ ...usual, ...defined(given) }).flatMap(
    ([name, value]) => faultOf(name, value) ?? [],
  )
  if (faults.length > 0) throw new Refused(faults.join('\n'))
  const answers =
    values.yes || !process.stdin.isTTY ? { ...usual, ...defined(given) } : await ask(given, usual)
  const folder = resolve(answers.folder)
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Refused(`${folder} is there and not empty: name another folder`)
  const files = filesOf({
    name: nameOf(folder),
    region: answers.region,
    email: answers.email,
    construct: values.construct,
  })
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  console.log(
    `Made ${Object.keys(files).length} files in ${folder}. Next:\n\n  cd ${answers.folder}\n  npm install\n  npx cdk bootstrap     # once for each account and region\n  npx cdk deploy`,
  )
}

await main().catch((error) => {
  const isKnown = error instanceof Refused || (error instanceof Error && 'syscall' in error)
  console.error(isKnown ? error.message : error)
  if (isKnown && !(error instanceof NodeTooOld)) console.error('Try npm create groundcrew -- --help')
  process.exitCode = error instanceof Refused ? 2 : 1
})
