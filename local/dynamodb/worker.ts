/** The database's thread: answers the calls that `engine.ts` sends in batches. */
import { parentPort, workerData } from 'node:worker_threads'
import * as z from 'zod'
import { openDatabase } from './database.ts'
import { inBatches } from './message-batches.ts'
import { type Answer, Message, Start } from './worker-messages.ts'

const handle = openDatabase(Start.parse(workerData))
const answer = inBatches<Answer>((answers) => parentPort?.postMessage(answers))
const Messages = z.array(Message)

parentPort?.on('message', (messages: unknown) => {
  for (const message of Messages.parse(messages)) void handle(message).then(answer)
})
