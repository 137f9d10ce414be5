# Days and times. Handlers put them together; scripts may replace them with the reader's own zone.

moment-today = today { $time }
moment-yesterday = yesterday { $time }
moment-tomorrow = tomorrow { $time }
moment-on = { $date }, { $time }
moment-date = { NUMBER($day) } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { NUMBER($year) }
wait-seconds = { $seconds ->
    [one] Next try in one second.
   *[other] Next try in { $seconds } seconds.
}
wait-minutes = { $minutes ->
    [one] Next try in one minute.
   *[other] Next try in { $minutes } minutes.
}
