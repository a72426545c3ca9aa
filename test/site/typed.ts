import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { root } from '../support/imports.ts'

/**
 * Commands of a page, typed as a person does who follows it: into a shell, beside a real `npm start`, in a
 * clone of its own. Nothing of the commands is changed. What they print is compared with what the page says.
 */

/** The shell that is typed into; `GROUNDCREW_TOUR_SHELL=zsh` types into another. */
const shellName = process.env.GROUNDCREW_TOUR_SHELL ?? 'bash'

export type Block = { commands: string; output?: string; firstTerminal?: string }
export type Section = { title: string; blocks: Block[] }

const fence = /^```(.*)\n([\s\S]*?)^```\n/gm

/** Each block of commands with what it prints: the block without a language directly behind it. */
const blocksOf = (text: string): Block[] => {
  const blocks: Block[] = []
  let end = -1
  for (const { 0: whole, 1: language = '', 2: content = '', index } of text.matchAll(fence)) {
    const last = blocks.at(-1)
    if (language === 'sh') blocks.push({ commands: content })
    else if (language === '' && last && index === end) last.output = content
    else if (language === 'text first terminal' && last) last.firstTerminal = content
    end = language === 'sh' ? index + whole.length : -1
  }
  return blocks
}

/** What comes before the first heading of the second level is a section, too. */
export const sectionsOf = (file: string): Section[] =>
  `\n${readFileSync(join(root, file), 'utf8')}`.split(/\n## /).map((text, at) => ({
    title: at === 0 ? 'its beginning' : (text.split('\n')[0] ?? ''),
    blocks: blocksOf(text),
  }))

/**
 * Lines with what differs from run to run left out: times, ids, sums, sizes, percentages, ports.
 * Titles of tables, too.
 */
const comparable = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?|\d\d:\d\d:\d\d/g, '#')
        .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}|[\da-f]{32,}/g, '#')
        .replaceAll(/\d+(\.\d+)? [kM]B|\d+(?= %)|\d{3,}/g, '#')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '' && !/^[A-Z]+( [A-Z]+)+$/.test(line))

/** In a loop that looks again and again a line may be missed, and another one be seen. */
const hasLoop = (commands: string): boolean => /\b(for n in|until) /.test(commands)

export const assertPrinted = ({ commands, output = '' }: Block, printed: string): void => {
  const [wanted, got] = [comparable(output), comparable(printed)]
  if (!hasLoop(commands)) {
    assert.deepEqual(got, wanted)
    return
  }
  assert.equal(got.at(-1), wanted.at(-1), `The end of:\n${printed}`)
  const missed = wanted.filter((line) => !got.includes(line))
  assert(missed.length <= wanted.length / 3, `Not seen:\n${missed.join('\n')}\nin:\n${printed}`)
}

const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('GROUNDCREW_')),
)

/** A clone with the files as they are now, and the packages of this one. */
const clone = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'groundcrew-tour-'))
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  for (const file of execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** The process with all that it has started. */
const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'close')
  process.kill(-child.pid, signal)
  await ended
}

/** Collects what it prints, and waits for words in it. */
const listenTo = (child: ChildProcess) => {
  let text = ''
  const listeners = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    text += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout?.on('data', hear)
  return {
    all: () => text,
    until: (words: RegExp): Promise<string> => {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      const look = () => {
        const found = words.exec(text)
        if (found) resolve(text.slice(0, found.index))
      }
      const give = () => reject(new Error(`It has ended:\n${text}`))
      listeners.add(look)
      child.once('close', give)
      look()
      return promise.finally(() => {
        listeners.delete(look)
        child.off('close', give)
      })
    },
    forget: () => {
      text = ''
    },
  }
}

const startOf = async (folder: string) => {
  const ports = ['--port', '--mqtt-port', '--edge-port', '--dock-port'].flatMap((name) => [name, '0'])
  const child = spawn('npm', ['start', '--', ...ports], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  const heard = listenTo(child)
  await heard.until(/colleague .*\n/)
  return { printed: heard.all, stop: () => end(child, 'SIGINT') }
}

/**
 * `npm start` in a clone, on ports that are free, and a second terminal there. Neither has variables of ours.
 */
export const beginTour = async () => {
  const folder = clone()
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  const start = await startOf(folder).catch((error: unknown) => {
    remove()
    throw error
  })
  const shell = spawn(shellName, {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  })
  const heard = listenTo(shell)
  let typed = 0
  return {
    /** Answers what the commands print. */
    type: async (commands: string): Promise<string> => {
      heard.forget()
      const mark = `-- typed ${typed++} --`
      // What is typed next is not for a command to read.
      shell.stdin.write(`{\n${commands}\n} < /dev/null\necho '${mark}'\n`)
      return heard.until(new RegExp(mark))
    },
    firstTerminal: start.printed,
    end: async () => {
      await end(shell, 'SIGKILL')
      await start.stop()
      remove()
    },
  }
}
export type Tour = Awaited<ReturnType<typeof beginTour>>

/** Types a section, and compares each of its blocks. */
export const typeSection = async (tour: Tour, { blocks }: Section): Promise<void> => {
  for (const block of blocks) {
    const printed = await tour.type(block.commands)
    assertPrinted(block, printed)
    const inFirst = comparable(tour.firstTerminal())
    for (const line of comparable(block.firstTerminal ?? '')) assert(inFirst.includes(line), line)
    // A sum that both terminals show is the same one.
    if (block.firstTerminal?.includes('sha256'))
      assert(tour.firstTerminal().includes(/\b[\da-f]{64}\b/.exec(printed)?.[0] ?? 'no sum'))
  }
}
