-- A message that waits as a case and is about somebody protected since: only named officers see it.
alter table cases add column withheld_at timestamptz;
