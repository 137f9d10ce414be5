-- What makes writes lighter on PostgreSQL. Here a foreign key is a look at a page that is at hand, and a row changes where
-- it is.
SELECT 1;
