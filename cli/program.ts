import { Command } from '@commander-js/extra-typings'
import type { Program } from './command.ts'
import { addCampaigns } from './commands/campaigns.ts'
import { addCheckStorage } from './commands/check-storage.ts'
import { addCompletion } from './commands/completion.ts'
import { addDevices } from './commands/devices.ts'
import { addDocks } from './commands/docks.ts'
import { addLogin } from './commands/login.ts'
import { addLogs } from './commands/logs.ts'
import { addOpen } from './commands/open.ts'
import { addRedrive } from './commands/redrive.ts'
import { addRejected } from './commands/rejected.ts'
import { addUpgrades } from './commands/upgrades.ts'
import { openContext, type World } from './context.ts'
import { type Exit, exit } from './exit.ts'

const after = `
Exit status: 0 done, 1 not possible, 2 wrong usage, 3 the work failed, 4 somebody stopped the work,
5 --timeout is over, 130 Ctrl-C. Work continues in the backend; a message says how to watch it again.
`

const parts = [
  addLogin,
  addDocks,
  addLogs,
  addDevices,
  addUpgrades,
  addCampaigns,
  addRejected,
  addCheckStorage,
  addRedrive,
  addOpen,
  addCompletion,
]

/**
 * The command line as a tree of commands. `version`: the package's. `status`: the exit status of the executed
 * command.
 */
export const programOf = (world: World, version: string) => {
  const { stdout, stderr } = world.streams
  let status: Exit = exit.done
  const endsWith = (ofCommand: Exit): void => {
    status = ofCommand
  }
  const program = new Command('groundcrew')
    .description('Remote logs of DJI docks, and over-the-air upgrades, from the command line')
    .version(version)
    .option(
      '--url <address>',
      'the console or the API (GROUNDCREW_URL; else that of the last login, else of this folder’s npm start)',
    )
    .option('--json', 'a line of JSON for each record, or each change of it')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Try --help for what there is.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .addHelpText('after', after)
  const of: Program = {
    command: (name) => program.command(name),
    run: async (action) => {
      const context = openContext(world, program.opts())
      await action({ ...context, endsWith }).catch((error: unknown) => {
        throw context.withOrigin(error)
      })
    },
    root: () => program,
  }
  for (const add of parts) add(of)
  return { program, status: () => status }
}
