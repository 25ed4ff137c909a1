"""Every word of the interface, in Vietnamese and in English.

Knows nobody and no site: only words. A word that a site may change is a setting, not a message.
A value is a text with `{name}` placeholders, or one text for each plural form of its language.
"""

from __future__ import annotations

MESSAGES: dict[str, dict[str, str | dict[str, str]]] = {
    # Parts of urls: changing one moves every page below it.
    "url.tag": {"vi": "tu-khoa", "en": "tag"},
    "url.author": {"vi": "tac-gia", "en": "author"},
    "url.archive": {"vi": "luu-tru", "en": "archive"},
    "url.page": {"vi": "trang", "en": "page"},
    "url.pictures": {"vi": "hinh-anh", "en": "pictures"},
    # Dates, as CLDR patterns; an instant has the time and the zone behind the day.
    "date.pattern": {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"},
    "date.long.pattern": {"vi": "dd/MM/yyyy", "en": "d MMMM yyyy"},
    "datetime": {"vi": "{weekday}, {day}, {time} ({zone})", "en": "{weekday}, {day}, {time} ({zone})"},
    # The frame of every page.
    "og.locale": {"vi": "vi_VN", "en": "en_US"},
    "skip": {"vi": "Đến nội dung chính", "en": "Skip to the main content"},
    "home": {"vi": "Trang chủ", "en": "Home"},
    "theme.dark": {"vi": "Nền tối", "en": "Dark page"},
    "today.month": {"vi": "2-digit", "en": "long"},  # how the day of reading names its month, as browsers know it
    "login": {"vi": "Đăng nhập", "en": "Editors' log-in"},
    "nav.categories": {"vi": "Chuyên mục", "en": "Categories"},
    "nav.breadcrumbs": {"vi": "Bạn đang ở", "en": "You are here"},
    "nav.footer": {"vi": "Cuối trang", "en": "Footer"},
    "nav.turn": {"vi": "Tin liền kề", "en": "Neighbouring stories"},
    "nav.pages": {"vi": "Các trang", "en": "Pages"},
    # The front page.
    "home.top": {"vi": "Tin nổi bật", "en": "Top stories"},
    "home.latest": {"vi": "Tin mới nhất", "en": "Latest news"},
    # An article.
    "absence.draft": {"vi": "Bản nháp, chưa đăng", "en": "A draft, not published"},
    "absence.future": {"vi": "Chưa đến giờ đăng", "en": "Not due yet"},
    "article.updated": {"vi": "Cập nhật:", "en": "Updated:"},
    "article.contents": {"vi": "Trong bài này", "en": "In this article"},
    "article.source": {"vi": "Nguồn: {source}", "en": "Source: {source}"},
    "article.attachments": {"vi": "Tài liệu kèm theo", "en": "Documents"},
    "article.corrections": {"vi": "Đính chính", "en": "Corrections"},
    "article.tags": {"vi": "Từ khóa", "en": "Tags"},
    "article.newer": {"vi": "Tin mới hơn", "en": "Newer"},
    "article.older": {"vi": "Tin cũ hơn", "en": "Older"},
    "article.related": {"vi": "Tin liên quan", "en": "Related stories"},
    "article.more": {"vi": "Cùng chuyên mục {category}", "en": "More in {category}"},
    "size.title": {"vi": "Cỡ chữ", "en": "Size of the text"},
    "size.smaller": {"vi": "Chữ nhỏ hơn", "en": "Smaller text"},
    "size.larger": {"vi": "Chữ to hơn", "en": "Larger text"},
    "share.title": {"vi": "Chia sẻ bài này", "en": "Share this story"},
    "share.mail": {"vi": "Gửi thư", "en": "Mail"},
    "share.copy": {"vi": "Chép liên kết", "en": "Copy link"},
    "share.copied": {"vi": "Đã chép liên kết", "en": "Link copied"},
    "share.more": {"vi": "Cách khác", "en": "More ways"},
    "credit.prefix": {"vi": "Ảnh: ", "en": "Photo: "},
    "table.label": {"vi": "Bảng, có thể cuộn ngang", "en": "Table, may scroll sideways"},
    "video.play": {"vi": "Phát video từ {host}", "en": "Play the video from {host}"},
    "footnote.back": {
        "vi": "Quay lại chú thích {} trong bài",
        "en": "Back to footnote {} in the text",
    },
    # Lists and indexes.
    "list.tag": {"vi": "Từ khóa: {name}", "en": "Tag: {name}"},
    "list.author": {"vi": "Tác giả: {name}", "en": "Author: {name}"},
    "list.month": {"vi": "Tháng {month}/{year}", "en": "{month}/{year}"},
    "list.tag.about": {"vi": "Tin, bài có từ khóa “{name}” trên {site}.", "en": "Stories about “{name}” on {site}."},
    "list.author.about": {"vi": "Tin, bài của {name} trên {site}.", "en": "Stories by {name} on {site}."},
    "list.month.about": {
        "vi": "Tin, bài đăng trên {site} trong tháng {month}/{year}.",
        "en": "Stories published on {site} in {month}/{year}.",
    },
    "list.page": {"vi": "{title} – trang {number}", "en": "{title} – page {number}"},
    "list.newer": {"vi": "Các tin mới hơn", "en": "Newer stories"},
    "list.older": {"vi": "Các tin cũ hơn", "en": "Older stories"},
    "list.empty": {"vi": "Chưa có tin nào.", "en": "Nothing here yet."},
    "index.tags": {"vi": "Từ khóa", "en": "Tags"},
    "index.authors": {"vi": "Tác giả", "en": "Authors"},
    "index.months": {"vi": "Lưu trữ", "en": "Archive"},
    "index.tags.about": {"vi": "Mọi từ khóa của tin, bài trên {site}.", "en": "All tags of the stories on {site}."},
    "index.authors.about": {"vi": "Những người viết trên {site}.", "en": "Those who write on {site}."},
    "index.months.about": {
        "vi": "Tin, bài trên {site} theo từng tháng.",
        "en": "The stories on {site}, month by month.",
    },
    "index.count": {
        "vi": {"other": "{count} tin"},
        "en": {"one": "{count} story", "other": "{count} stories"},
    },
    # Pages that are not news.
    "not_found.title": {"vi": "Không tìm thấy trang", "en": "Page not found"},
    "not_found.text": {
        "vi": "Trang này không có, hoặc đã chuyển đi nơi khác. Mời bạn xem tiếp từ:",
        "en": "There is no such page, or it has moved. You can go on from:",
    },
    "redirect.title": {"vi": "Trang đã chuyển địa chỉ", "en": "This page has moved"},
    "redirect.text": {"vi": "Địa chỉ mới:", "en": "The new address:"},
    # Feeds.
    "feed.site": {"vi": "{title}", "en": "{title}"},
    "feed.category": {"vi": "{title}: {name}", "en": "{title}: {name}"},
    "feed.link": {"vi": "Nhận tin qua RSS", "en": "RSS feed"},
    # The sidebar. The names of the counters end in the names that the stats have.
    "sidebar.title": {"vi": "Tin mới và thống kê", "en": "Latest news and statistics"},
    "sidebar.latest": {"vi": "Tin mới nhất", "en": "Latest news"},
    "stats.title": {"vi": "Thống kê truy cập", "en": "Visits"},
    "stats.online": {"vi": "Đang truy cập", "en": "Online now"},
    "stats.today": {"vi": "Hôm nay", "en": "Today"},
    "stats.week": {"vi": "Trong tuần", "en": "This week"},
    "stats.month": {"vi": "Tháng hiện tại", "en": "This month"},
    "stats.total": {"vi": "Tổng lượt truy cập", "en": "All visits"},
    "stats.as_of": {"vi": "Cập nhật lúc {time}", "en": "As of {time}"},
}
