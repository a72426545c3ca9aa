import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useEffect, useRef } from 'react'

type FormProps = { isReady: boolean; busy: boolean; submit: () => void; children: ReactNode }

type Props = FormProps & {
  title: string
  /** The submit button; Enter in a field submits, too. */
  answer: string
  close: () => void
}

/** The fields, of which the first gets the focus: the dialog around them first gives it to its own button. */
const Form = ({ isReady, busy, submit, children }: FormProps) => {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    const first = () => form.current?.querySelector<HTMLElement>('input:not([hidden]), textarea, button')
    const timer = setTimeout(() => first()?.focus())
    return () => clearTimeout(timer)
  }, [])
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !busy) submit()
      }}
    >
      <SpaceBetween size="m">{children}</SpaceBetween>
      {/* Enter submits a form with several fields only if it has a submit button. */}
      <input type="submit" hidden />
    </form>
  )
}

/** A dialog for a few values, with a submit action. */
export const FormDialog = ({ title, answer, close, children, ...form }: Props) => (
  <Modal
    visible
    header={title}
    onDismiss={close}
    closeAriaLabel="Close"
    footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>
            Close
          </Button>
          <Button variant="primary" disabled={!form.isReady} loading={form.busy} onClick={form.submit}>
            {answer}
          </Button>
        </SpaceBetween>
      </Box>
    }
  >
    <Form {...form}>{children}</Form>
  </Modal>
)
