/**
 * Puts messages of dead-letter queues back, in AWS or in the local runtime: `npm run redrive -- --help`. Safe
 * to stop and to repeat.
 */
import { help, redriveCommand } from '../redrive/command.ts'
import { runRedrive } from '../redrive/run.ts'
import { whyNot } from '../redrive/why-not.ts'
import { inOneLine } from './fault-in-words.ts'
import { usualData } from './running.ts'

const command = redriveCommand(process.argv.slice(2), usualData)
if (command.outcome === 'help') process.stdout.write(help)
else if (command.outcome === 'refused') {
  console.error(`${command.problem}\nTry npm run redrive -- --help`)
  process.exitCode = 2
} else
  await runRedrive(command, console.log).then(
    (staying) => {
      if (staying > 0) process.exitCode = 1
    },
    (error: unknown) => {
      console.error(`Not finished: ${whyNot(inOneLine(error), command)}`)
      process.exitCode = 1
    },
  )
