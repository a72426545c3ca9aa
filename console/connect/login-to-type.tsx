import Alert from '@cloudscape-design/components/alert'
import { useSession } from '../session/session.tsx'
import { TypeDialog } from './to-type.tsx'
import type { NewLogin } from './use-accounts.ts'

const lookItUp = 'aws iot list-domain-configurations, then describe-domain-configuration'

/** A dock's login, for the form of DJI Pilot 2. */
export const LoginToType = ({ login, close }: { login: NewLogin; close: () => void }) => {
  const { dockAddress } = useSession()
  const values = [
    ...(dockAddress ? [{ label: 'Gateway address', value: dockAddress }] : []),
    { label: 'Account', value: login.userName },
    { label: 'Password', value: login.password },
  ]
  return (
    <TypeDialog
      values={values}
      close={close}
      secret="The password is shown this once: nobody can look it up later."
    >
      {!dockAddress && (
        <Alert type="info" header="The gateway address">
          AWS gave it a name that this page does not know: <code>{lookItUp}</code>. Put mqtts:// in front and
          :8883 behind.
        </Alert>
      )}
    </TypeDialog>
  )
}
