import { useMutation, useQueryClient } from "@tanstack/react-query"
import { signIn } from "@/api/auth"
import { session } from "@/api/client"
import { Button } from "@/atoms/button"
import { Dialog, DialogContent } from "@/atoms/dialog"
import { useI18n } from "@/i18n/use-i18n"
import { SignInForm } from "@/organisms/sign-in-form"

/** Over a page whose session has ended; it cannot be closed, only answered. */
export function SignInAgain({ email }: { email: string }) {
  const { t } = useI18n()
  const queries = useQueryClient()
  const again = useMutation({ mutationFn: signIn, onSuccess: () => queries.invalidateQueries() })
  return (
    <Dialog open>
      <DialogContent
        title={t("relogin.title")}
        description={t("relogin.text")}
        onEscapeKeyDown={(event) => event.preventDefault()}
        onInteractOutside={(event) => event.preventDefault()}
      >
        <SignInForm
          email={email}
          busy={again.isPending}
          error={again.error}
          onSubmit={(values) => again.mutate(values)}
        />
        <Button variant="link" className="w-fit" onClick={() => session.end()}>
          {t("relogin.other")}
        </Button>
      </DialogContent>
    </Dialog>
  )
}
