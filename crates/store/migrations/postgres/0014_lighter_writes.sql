-- A foreign key looks at the line of each link and locks it, which is another write for every line of the log. Lines are
-- neither removed nor given another place: the triggers of 0002 see to that.
ALTER TABLE event_links DROP CONSTRAINT event_links_position_fkey;

-- Rows that change often leave room beside them: then a change touches one page, and no index.
ALTER TABLE authenticators SET (fillfactor = 70);
ALTER TABLE guess_budgets SET (fillfactor = 70);
ALTER TABLE sessions SET (fillfactor = 70);
ALTER TABLE trusted_devices SET (fillfactor = 70);
