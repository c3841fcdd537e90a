-- Who may operate the instance: look at the actors, lift quarantines. The first user to register becomes an operator;
-- `first_user` has room for one, so that of two who register at the same moment only one is it.
CREATE TABLE first_user (
  id      int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  user_id uuid NOT NULL
);
CREATE TABLE instance_operator (
  user_id    uuid PRIMARY KEY REFERENCES app_user (id),
  granted_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO first_user (user_id) SELECT id FROM app_user ORDER BY created_at, id LIMIT 1;
INSERT INTO instance_operator (user_id) SELECT user_id FROM first_user;
