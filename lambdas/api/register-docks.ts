import { type Handlers, onHttp } from '../http.ts'
import { ok, problem } from '../outcomes.ts'
import { dockStore } from '../store/docks.ts'
import { connectTable } from '../store/dynamodb.ts'
import { includes } from '../store/pages.ts'
import { dockView } from '../views.ts'

/** Registers docks. Safe to repeat: the same settings again change nothing. */

type Needs = { docks: Pick<ReturnType<typeof dockStore>, 'register'>; now: () => number }

export const registerDocks = ({ docks, now }: Needs): Handlers<'registerDock'> => ({
  registerDock: async ({ params: { dockSn }, body, fleets }) => {
    const { fleet } = body
    if (fleet && !includes(fleets, fleet))
      return problem('not-permitted', `You may not put docks into fleet ${fleet}.`)
    const dock = await docks.register(dockSn, body, fleets, now())
    if (!dock) return problem('not-permitted', `Dock ${dockSn} is not in a fleet of yours.`)
    return ok(dockView(dock, { uploads: [] }, now()))
  },
})

export const handler = onHttp<'registerDock'>((env) =>
  registerDocks({ docks: dockStore(connectTable(env)), now: Date.now }),
)
