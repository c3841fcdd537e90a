import type { Limits, Platform } from "@troupe/api"
import { Check, Minus } from "lucide-react"
import { Card, CardBody, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { useI18n } from "@/i18n/use-i18n"
import { Fact } from "@/molecules/fact"
import { useGuarantee } from "@/molecules/guarantee"

/** What one account lets into a post, as its network told. */
export function AccountLimits({ limits }: { limits: Limits }) {
  const { t } = useI18n()
  const size = [
    limits.max_image_bytes > 0 && t("limits.megabytes", { count: round(limits.max_image_bytes / 1e6) }),
    limits.max_image_pixels > 0 && t("limits.megapixels", { count: round(limits.max_image_pixels / 1e6) }),
  ].filter(Boolean)
  return (
    <Card aria-label={t("limits.title")}>
      <CardHeader>
        <CardTitle>{t("limits.title")}</CardTitle>
      </CardHeader>
      <CardBody>
        <dl className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
          <Fact label={t("limits.text")}>
            {t("limits.text_value", { count: limits.max_text, unit: t(`limits.unit_${limits.text_unit}`) })}
            {limits.max_text_bytes > 0 && ` ${t("limits.text_bytes", { count: limits.max_text_bytes })}`}
          </Fact>
          <Fact label={t("limits.url")}>
            {limits.url_weight > 0
              ? t("limits.url_fixed", { count: limits.url_weight })
              : t("limits.url_own")}
          </Fact>
          <Fact label={t("limits.images")}>
            {limits.max_images > 0
              ? t("limits.images_value", { count: limits.max_images })
              : t("limits.images_none")}
          </Fact>
          {limits.max_images > 0 && (
            <>
              <Fact label={t("limits.image_size")}>{size.join(" · ") || t("limits.image_size_any")}</Fact>
              <Fact label={t("limits.image_types")}>
                {limits.image_types.map((type) => type.replace("image/", "").toUpperCase()).join(", ")}
              </Fact>
              <Fact label={t("limits.alt")}>
                {limits.max_alt_text > 0
                  ? t("limits.alt_value", { count: limits.max_alt_text })
                  : t("limits.alt_none")}
              </Fact>
              <Fact label={t("limits.empty_text")}>
                {t(limits.text_or_media ? "limits.empty_text_may" : "limits.required")}
              </Fact>
            </>
          )}
          <Fact label={t("limits.title_needed")}>
            {t(limits.needs_title ? "limits.required" : "limits.not_used")}
          </Fact>
        </dl>
      </CardBody>
    </Card>
  )
}

const round = (value: number) => Math.round(value * 10) / 10

const capabilities = [
  "two_phase",
  "can_find",
  "absence_is_proof",
  "safe_repeat",
  "repeat_while_running",
] as const

/** What the network can do, and so what is promised when an answer is lost. */
export function NetworkCapabilities({ platform }: { platform: Platform }) {
  const { t } = useI18n()
  const guarantee = useGuarantee(platform)
  return (
    <Card aria-label={t("capabilities.title")}>
      <CardHeader>
        <div className="grid gap-0.5">
          <CardTitle>{t("capabilities.title")}</CardTitle>
          {guarantee && (
            <CardText>
              {t("accounts.guarantee")}: {guarantee.title}. {guarantee.text}
            </CardText>
          )}
        </div>
      </CardHeader>
      <CardBody>
        <ul className="grid gap-2.5">
          {capabilities.map((one) => {
            const has = platform.capabilities[one]
            const Icon = has ? Check : Minus
            return (
              <li key={one} className="flex items-start gap-2.5 text-sm">
                <span
                  className={
                    has
                      ? "inline-flex size-5 shrink-0 items-center justify-center rounded-full bg-ok-soft text-on-ok-soft"
                      : "inline-flex size-5 shrink-0 items-center justify-center rounded-full bg-idle-soft text-on-idle-soft"
                  }
                >
                  <Icon
                    role="img"
                    aria-label={t(has ? "capabilities.yes" : "capabilities.no")}
                    className="size-3.5"
                  />
                </span>
                <span className={has ? undefined : "text-ink-muted"}>{t(`capabilities.${one}`)}</span>
              </li>
            )
          })}
        </ul>
      </CardBody>
    </Card>
  )
}
