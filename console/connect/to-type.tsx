import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { QRCodeSVG } from 'qrcode.react'
import type { ReactNode } from 'react'

/** A value for the form in DJI Pilot 2, with its label there. */
export type Typed = { label: string; value: string }

/** All values as one text, to send or photograph. */
const textOf = (values: readonly Typed[]): string =>
  values.map(({ label, value }) => `${label}: ${value}`).join('\n')

type Props = {
  values: readonly Typed[]
  /** A note about the secret among them. */
  secret: string
  close: () => void
  children?: ReactNode
}

/**
 * The values that the operator types into the remote controller at the dock: each with a copy button, and all
 * of them as a QR code, which any scanner shows as text.
 */
export const TypeDialog = ({ values, secret, close, children }: Props) => {
  const text = textOf(values)
  return (
    <Modal
      visible
      header="Type this into DJI Pilot 2"
      onDismiss={close}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <Button onClick={close}>Close</Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        <KeyValuePairs
          columns={2}
          items={values.map(({ label, value }) => ({
            label,
            value: (
              <CopyToClipboard
                variant="inline"
                textToCopy={value}
                copyButtonAriaLabel={`Copy ${label}`}
                copySuccessText="Copied"
                copyErrorText="Not copied"
              />
            ),
          }))}
        />
        <QRCodeSVG value={text} size={192} marginSize={4} title="All of these values as text" />
        <CopyToClipboard
          copyButtonText="Copy all"
          textToCopy={text}
          copySuccessText="Copied"
          copyErrorText="Not copied"
        />
        <Box color="text-body-secondary" fontSize="body-s">
          {secret}
        </Box>
      </SpaceBetween>
    </Modal>
  )
}
