-- What a person sees of a session: where it began or was renewed last, and whether a browser keeps its refresh token
-- as a cookie. The moment of the last renewal also bounds how long a repeat of it is answered.
ALTER TABLE sign_in
  ADD COLUMN in_cookie    boolean NOT NULL DEFAULT false,
  ADD COLUMN address      text NOT NULL DEFAULT '',
  ADD COLUMN user_agent   text NOT NULL DEFAULT '',
  ADD COLUMN last_used_at timestamptz;
UPDATE sign_in SET last_used_at = created_at;
ALTER TABLE sign_in ALTER COLUMN last_used_at SET NOT NULL, ALTER COLUMN last_used_at SET DEFAULT now();
