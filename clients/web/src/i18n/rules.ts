import * as z from "zod/mini"
import type { Translate } from "./translator"

/** The rules of the contract as form rules with translated words. Make them inside a component: `rules(t)`. */
export function rules(t: Translate) {
  const text = (most: number) =>
    z.string().check(
      z.refine((value) => value.trim() !== "", { error: t("field.required") }),
      z.maxLength(most, { error: t("field.too_long", { count: most }) }),
    )
  return {
    name: () => text(100),
    email: () =>
      z
        .string()
        .check(
          z.trim(),
          z.minLength(1, { error: t("field.required") }),
          z.email({ error: t("field.email") }),
        ),
    password: () =>
      z
        .string()
        .check(
          z.minLength(10, { error: t("field.password_short", { count: 10 }) }),
          z.maxLength(200, { error: t("field.too_long", { count: 200 }) }),
        ),
    filled: () => text(200),
    text,
  }
}
