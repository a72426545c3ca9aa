import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What the site shows, in this order: first what people want to do, then what they look up, then why it is
 * so. Every Markdown file that a page links to is here; a page has its own first heading as its name, unless
 * it gets one.
 */

export type Entry = { file: string; label?: string }
export type Section = {
  title: string
  entries: readonly Entry[]
  /** Folded up, unless one of its pages is open, and optional in `llms.txt`. */
  isBackground?: boolean
}

const entry = (file: string, label?: string): Entry => (label === undefined ? { file } : { file, label })
const root = join(import.meta.dirname, '..')

const decisions = readdirSync(join(root, 'docs/adr'))
  .filter((name) => /^\d{4}-.*\.md$/.test(name))
  .sort()
  .map((name) => entry(`docs/adr/${name}`))

export const navigation: readonly Section[] = [
  {
    title: 'Start',
    entries: [
      entry('README.md', 'What it is'),
      entry('docs/tour.md'),
      entry('docs/console.md'),
      entry('docs/cli.md'),
    ],
  },
  {
    title: 'Tasks',
    entries: [
      entry('docs/deploy.md', 'Deploy to AWS'),
      entry('docs/connect-a-dock.md'),
      entry('docs/collect-logs.md'),
      entry('docs/upgrade-a-fleet.md'),
      entry('docs/get-notified.md'),
      entry('docs/upgrading.md', 'Deploy a newer version'),
      entry('docs/destroy.md'),
    ],
  },
  {
    title: 'Reference',
    entries: [
      entry('docs/edge.md', 'Brokers of your own'),
      entry('docs/storage.md', 'Storage'),
      entry('docs/collections.md', 'Collections'),
      entry('docs/debug-mode.md', 'Sleeping aircraft'),
      entry('docs/driving-upgrades.md'),
      entry('docs/alarms.md', 'Alarms of docks'),
      entry('docs/events.md', 'Events'),
      entry('docs/webhooks.md'),
      entry('docs/runbook.md'),
      entry('docs/security.md'),
      entry('docs/performance.md', 'Figures and costs'),
    ],
  },
  {
    title: 'For programs',
    entries: [
      entry('docs/client.md', 'The client, TypeScript'),
      entry('docs/construct.md', 'In your CDK app'),
      entry('protocols/README.md', 'The protocols, TypeScript'),
    ],
  },
  {
    title: 'How it works',
    isBackground: true,
    entries: [
      entry('docs/architecture.md'),
      entry('docs/first-contact.md', 'Be the dock yourself'),
      entry('docs/emulator.md'),
      ...['dji-remote-log', 'dji-dock', 'dji-firmware', 'dji-remote-debug', 'dji-alarms'].map((name) =>
        entry(`protocols/${name}/README.md`),
      ),
      entry('protocols/huawei-ota/README.md'),
      entry('protocols/edge-presence/README.md'),
      entry('bench/results.md', 'Measurements'),
      entry('CONTRIBUTING.md'),
      entry('SECURITY.md', 'Reporting a vulnerability'),
      entry('CHANGELOG.md', 'Changes'),
    ],
  },
  { title: 'Decisions', isBackground: true, entries: [entry('docs/adr/README.md'), ...decisions] },
]
